// `npm run demo`: everything from a fresh clone to a trained model. Installs and builds what is missing, creates a
// small Git project, trains a digit classifier with its plots in the browser, and shows what Git holds in the end.
//
// Narration goes to stderr. Stdout carries the tables, and `project: PATH` as its last line.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { prepare } from "./prepare.mjs";
import { cleanEnvironment, createDemoProject, isDemoProject, setEpochs } from "./support/demo-project.mjs";
import { ROOT, run, runTool, say, Stopped, stopping, ToolError } from "./support/run.mjs";

const HELP = `Trains a digit classifier on MNIST, with its plots in the browser.

Usage: npm run demo -- [options]

Options:
  --dir <path>   folder of the project (default: ./waymark-demo of this clone)
  --epochs <n>   how often to go through the 60,000 images (default: 6)
  --resume       continue the run in the project after its last checkpoint
  --no-open      print the viewer's address and open no browser
  --exit         leave when the training has ended, instead of keeping the viewer
  --help         print this help

Ctrl-C stops at any moment and keeps a checkpoint.
`;
const BIN = join(ROOT, "packages/cli/bundle/waymark.js");

await runTool(async (argv) => {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const interrupt = catchInterrupt();
  let hasProject = false;
  try {
    await prepare();
    interrupt.throwIfStopped();
    if (options.resume && !isDemoProject(options.dir)) {
      throw new ToolError(`There is no project of the demo in ${options.dir}.`, "Run it without `--resume` first.");
    }
    await createDemoProject(options.dir);
    hasProject = true;
    if (options.epochs !== undefined) setEpochs(options.dir, options.epochs);
    interrupt.throwIfStopped();
    return await trainAndWatch(options, interrupt);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    say("Stopped. Run `npm run demo` again to go on.");
    if (hasProject) printProject(options.dir);
    return 130;
  }
});

function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        dir: { type: "string" },
        epochs: { type: "string" },
        resume: { type: "boolean", default: false },
        // By its whole name: Node 20.19 knows no negated options yet.
        "no-open": { type: "boolean", default: false },
        exit: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    }));
  } catch (error) {
    throw new ToolError(error.message, "Run `npm run demo -- --help` for the options.");
  }
  const { dir, epochs } = values;
  if (epochs !== undefined && !/^[1-9]\d*$/u.test(epochs)) {
    throw new ToolError(`--epochs takes a whole number from 1, not '${epochs}'.`);
  }
  // npm runs this in the clone, wherever it was called: a path means what it meant to whoever typed it.
  const folder =
    dir === undefined ? join(ROOT, "waymark-demo") : resolve(process.env["INIT_CWD"] ?? process.cwd(), dir);
  return { ...values, dir: folder };
}

/**
 * Catches Ctrl-C, so that this program outlives those it started and can say what they left behind. The terminal sends
 * the signal to all of them, and npm sends it again, so a second one means nothing; only after a while it is impatience.
 */
function catchInterrupt() {
  let stoppedMs;
  let wake;
  const stopped = new Promise((resolvePromise) => {
    wake = resolvePromise;
  });
  const children = new Set();
  const listener = () => {
    const isImpatient = stoppedMs !== undefined && Date.now() - stoppedMs > 2000;
    if (isImpatient) {
      for (const child of children) child.kill("SIGKILL");
      process.exit(130);
    }
    stoppedMs ??= Date.now();
    stopping.abort();
    for (const child of children) child.kill("SIGINT");
    wake();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, listener);
  return {
    /** Settles when someone wants to stop. */
    stopped,
    get wasStopped() {
      return stoppedMs !== undefined;
    },
    throwIfStopped() {
      if (stoppedMs !== undefined) throw new Stopped();
    },
    /** Passes a stop on to a program, for as long as it runs. */
    forwardTo(child) {
      children.add(child);
      child.on("close", () => children.delete(child));
      return child;
    },
  };
}

async function trainAndWatch(options, interrupt) {
  const { dir } = options;
  const viewer = await startViewer(options, interrupt);
  const startedAtBefore = readRun(dir)?.startedAt;
  try {
    say(`Training in ${dir}. Ctrl-C stops it and keeps a checkpoint.`);
    const args = ["train.js", ...(options.resume ? ["--resume"] : [])];
    const training = interrupt.forwardTo(
      spawn(process.execPath, args, { cwd: dir, stdio: ["ignore", "inherit", "inherit"], env: cleanEnvironment() }),
    );
    const code = await new Promise((done) => training.on("close", (status) => done(status)));
    if (interrupt.wasStopped) {
      sayWhatWasKept(dir, startedAtBefore);
      say(`Continue with \`npm run demo -- --resume${dirOption(dir)}\`.`);
      printProject(dir);
      return 130;
    }
    if (code !== 0) throw new ToolError(`The training ended with exit code ${code}.`);
    await printResult(dir);
    if (!options.exit && viewer !== undefined) {
      say(`The viewer is still at ${viewer.url}\nPress Ctrl-C to leave.`);
    }
    printProject(dir);
    if (!options.exit && viewer !== undefined) await Promise.race([interrupt.stopped, viewer.ended]);
    return 0;
  } finally {
    await viewer?.close();
  }
}

/**
 * Starts the viewer beside the training.
 *
 * @returns The address and a way to stop it; undefined when it did not start, which does not keep a model from learning.
 */
async function startViewer(options, interrupt) {
  const args = [BIN, "--cd", options.dir, "view", options["no-open"] ? "--no-open" : "--open"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env: cleanEnvironment() });
  interrupt.forwardTo(child);
  const ended = new Promise((done) => child.on("close", done));
  child.stdout.setEncoding("utf8");
  const url = new Promise((done) => {
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
      const found = /https?:\/\/\S+(?=\s)/u.exec(output);
      if (found !== null) done(found[0]);
    });
  });
  const address = await Promise.race([url, ended.then(() => undefined)]);
  if (address === undefined) {
    interrupt.throwIfStopped();
    say("warning: The viewer did not start; training goes on without it.");
    return undefined;
  }
  say(`Watch it at ${address}`);
  const close = async () => {
    child.kill("SIGINT");
    await Promise.race([ended, sleep(3000, undefined, { ref: false }).then(() => child.kill("SIGKILL"))]);
  };
  return { url: address, ended, close };
}

async function printResult(dir) {
  const options = { cwd: dir, stdio: ["ignore", "inherit", "inherit"], env: cleanEnvironment() };
  process.stdout.write("\n");
  // The params stand in two files, the one that is read and the one that was logged: once is enough here.
  await run(process.execPath, [BIN, "exp", "show", "--only-changed", "--drop", "live/params"], options);
  const name = readRun(dir)?.experimentName ?? "NAME";
  const place = relative(process.env["INIT_CWD"] ?? process.cwd(), dir);
  process.stdout.write(`
What to try next:
  cd ${place === "" ? "." : place}
  npx waymark exp show                  every run, with its checkpoints
  npx waymark exp apply ${name}       put the files of this run in the workspace
  npx waymark exp branch ${name} best   make a Git branch of it
  git log refs/exps --glob=refs/exps    the same commits, as Git sees them
  Change lr in params.yaml and run \`node train.js\`: the viewer shows both runs.

`);
}

/** Says which checkpoint the training left when it was stopped: the newest commit of its experiment. */
function sayWhatWasKept(dir, startedAtBefore) {
  const last = readRun(dir);
  const name = last?.startedAt === startedAtBefore ? undefined : last?.experimentName;
  const step = name === undefined ? undefined : readNewestStep(dir, name);
  if (step === undefined) say("Stopped before a checkpoint was made.");
  else say(`Stopped. The checkpoint ${name}@${step} is kept.`);
}

function readNewestStep(dir, name) {
  const format = "--format=%(refname:lstrip=4) %(contents:trailers:key=Waymark-Step,valueonly,separator=)";
  const options = { cwd: dir, encoding: "utf8", env: cleanEnvironment() };
  const { stdout } = spawnSync("git", ["for-each-ref", format, "refs/exps"], options);
  const line = (stdout ?? "").split("\n").find((text) => text.startsWith(`${name} `));
  return line?.slice(name.length + 1).trim() || undefined;
}

/** What the live folder says of its run; undefined when there is none yet. */
function readRun(dir) {
  const path = join(dir, "live/.waymark/run.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function printProject(dir) {
  process.stdout.write(`project: ${dir}\n`);
}

function dirOption(dir) {
  return dir === join(ROOT, "waymark-demo") ? "" : ` --dir ${JSON.stringify(dir)}`;
}
