import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { findProgram, installDebianPackages, ROOT, say, succeeds, ToolError } from "./run.mjs";

const PACKAGES = ["dvc", "dvclive", "tensorboardX", "scikit-learn", "pandas", "matplotlib"];
/** Measured beside the others where they install, and not missed where they do not. */
const OPTIONAL_PACKAGES = ["wandb", "dvc-s3", "dvc-ssh", "dvc-webdav"];
const MOTO = "moto[s3,server]";
const WEEK_MS = 7 * 24 * 3600 * 1000;

/**
 * Makes the Python environment, or finds it as it was left.
 *
 * @returns {Promise<Record<string, string>>} Variables that put it first: `PATH`, and `WAYMARK_PYTHON` for its interpreter.
 */
export async function preparePython() {
  const folder = join(ROOT, ".cache/python");
  const bin = join(folder, "bin");
  const python = join(bin, "python");
  const stamp = join(folder, "installed.json");
  if (!isFresh(stamp, OPTIONAL_PACKAGES)) {
    await createEnvironment(folder, python);
    say(`Installing the newest ${PACKAGES.join(", ")} from the Python package index.`);
    if (!(await install(python, PACKAGES))) {
      throw new ToolError("The Python packages could not be installed.", "pip says why above; is the network there?");
    }
    const installed = [...PACKAGES];
    const absent = [];
    for (const name of OPTIONAL_PACKAGES) ((await install(python, [name])) ? installed : absent).push(name);
    writeFileSync(stamp, `${JSON.stringify([...installed, ...absent.map((name) => `${name}: absent`)])}\n`);
  }
  return {
    PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
    WAYMARK_PYTHON: python,
    // A repository of a test must not send anything, nor wait for an answer.
    DVC_NO_ANALYTICS: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/**
 * Makes the environment of moto's S3 server, or finds it: one of its own, as it wants other versions of Amazon's
 * packages than DVC.
 *
 * @returns {Promise<string | undefined>} The server's program; undefined where it cannot be had.
 */
export function prepareMoto() {
  return prepareProgram("moto", MOTO, "moto_server");
}

/** Makes the environment of Amazon's command, or finds it; answers as {@link prepareMoto} does. */
export function prepareAws() {
  return prepareProgram("aws", "awscli", "aws");
}

async function prepareProgram(name, packageName, program) {
  const folder = join(ROOT, ".cache", name);
  const path = join(folder, "bin", program);
  if (existsSync(path)) return path;
  say(`Installing ${packageName} from the Python package index.`);
  const python = join(folder, "bin/python");
  await createEnvironment(folder, python);
  return (await install(python, [packageName])) && existsSync(path) ? path : undefined;
}

/** Tells whether an environment is young enough, and whether everything that is wanted was tried. */
function isFresh(stamp, wanted) {
  if (!existsSync(stamp) || Date.now() - statSync(stamp).mtimeMs >= WEEK_MS) return false;
  const tried = JSON.parse(readFileSync(stamp, "utf8")).map((name) => name.replace(/: absent$/, ""));
  return wanted.every((name) => tried.includes(name));
}

async function createEnvironment(folder, python) {
  if (existsSync(python) && (await succeeds(python, ["-m", "pip", "--version"], { stdio: "ignore" }))) return;
  say(`Creating a Python environment in ${relative(ROOT, folder)}.`);
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const create = async () => {
    rmSync(folder, { recursive: true, force: true });
    const system = findProgram("python3");
    return system !== undefined && (await succeeds(system, ["-m", "venv", folder]));
  };
  if ((await create()) || ((await installDebianPackages(["python3", "python3-venv"])) && (await create()))) return;
  throw new ToolError(
    "There is no Python that can make a virtual environment.",
    "Install it, on Debian with `sudo apt-get install python3 python3-venv`.",
  );
}

function install(python, packages) {
  return succeeds(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", ...packages]);
}
