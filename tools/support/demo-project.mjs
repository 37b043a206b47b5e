import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run, say, succeeds, ToolError } from "./run.mjs";

const NAME = "waymark-demo";
const EXAMPLE = join(ROOT, "examples/digits");

/** Whether a folder holds a project of the demo. */
export function isDemoProject(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name === NAME;
  } catch {
    return false;
  }
}

/**
 * Creates the project of the demo, or completes one that is there: the training code, a Git repository with one
 * commit, and a link to the clone's packages. Files that exist are left as they are; they may have been changed.
 *
 * @throws {ToolError} When the folder holds something else.
 */
export async function createDemoProject(folder) {
  if (existsSync(folder) && !isDemoProject(folder)) {
    if (!lstatSync(folder).isDirectory() || readdirSync(folder).length > 0) {
      throw new ToolError(`${folder} is not empty and not a project of the demo.`, "Name another one with `--dir`.");
    }
  }
  mkdirSync(folder, { recursive: true });
  const manifest = { name: NAME, private: true, type: "module" };
  writeMissing(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  // Without a slash: it is a link, which a pattern for folders would not match.
  writeMissing(join(folder, ".gitignore"), "/node_modules\n");
  copyMissing(join(EXAMPLE, "params.yaml"), join(folder, "params.yaml"));
  copyMissing(join(EXAMPLE, "README.md"), join(folder, "README.md"));
  for (const name of readdirSync(join(EXAMPLE, "dist")).filter((file) => file.endsWith(".js"))) {
    copyMissing(join(EXAMPLE, "dist", name), join(folder, name));
  }
  linkPackages(folder);
  await createRepository(folder);
}

/** Writes how many epochs to train into params.yaml. */
export function setEpochs(folder, epochs) {
  const path = join(folder, "params.yaml");
  const text = readFileSync(path, "utf8");
  const changed = text.replace(/^epochs:.*$/mu, `epochs: ${epochs}`);
  if (changed !== text) writeFileSync(path, changed);
}

function writeMissing(path, text) {
  if (!existsSync(path)) writeFileSync(path, text);
}

function copyMissing(from, to) {
  if (!existsSync(to)) copyFileSync(from, to);
}

function linkPackages(folder) {
  const link = join(folder, "node_modules");
  const target = join(ROOT, "node_modules");
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSymbolicLink()) return;
  if (there !== undefined && readlinkSync(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link, "junction");
}

/** The environment without what a Git hook or a caller may have set about another repository. */
export function cleanEnvironment() {
  const isForeign = (name) => name.startsWith("GIT_") && name !== "GIT_EXEC_PATH" && !name.startsWith("GIT_CONFIG");
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}

async function createRepository(folder) {
  const options = { cwd: folder, env: cleanEnvironment() };
  const git = async (...args) => {
    if (!(await succeeds("git", args, options))) throw new ToolError(`\`git ${args.join(" ")}\` failed in ${folder}.`);
  };
  const answers = async (...args) => (await run("git", args, { ...options, stdio: "ignore" })).code === 0;
  if (!existsSync(join(folder, ".git"))) await git("init", "--quiet", "--initial-branch=main");
  // On a fresh machine Git knows no name to commit under. One for this repository alone harms nobody.
  if (!(await answers("config", "user.name"))) await git("config", "user.name", "Waymark demo");
  if (!(await answers("config", "user.email"))) await git("config", "user.email", "demo@waymark.invalid");
  if (await answers("rev-parse", "--verify", "--quiet", "HEAD")) return;
  say(`Creating a Git repository in ${folder}.`);
  await git("add", "--all");
  const commit = ["commit", "--quiet", "--no-verify", "--message", "Train a digit classifier"];
  await git("-c", "commit.gpgsign=false", ...commit);
}
