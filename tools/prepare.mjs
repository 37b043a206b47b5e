// Brings a clone to the point where everything runs: dependencies installed, packages and page built. Does only what
// is missing or out of date, and says so.
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { newestMs } from "./support/newest.mjs";
import { findProgram, ROOT, runTool, say, succeeds, ToolError } from "./support/run.mjs";

/** Installs and builds what is missing. */
export async function prepare() {
  checkPrograms();
  await installDependencies();
  await build();
}

function checkPrograms() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new ToolError(`Node ${process.versions.node} is too old.`, "Install Node 20.19 or later.");
  }
  if (findProgram("git") === undefined && findProgram("git.exe") === undefined) {
    throw new ToolError("Git is missing.", "Install it, on Debian with `apt-get install git`.");
  }
}

async function installDependencies() {
  const reason = staleReason();
  if (reason === undefined) return;
  // `npm ci` removes the folder first, which is only right when there is none worth keeping.
  const command = existsSync(join(ROOT, "node_modules")) ? "install" : "ci";
  say(`Installing dependencies with npm ${command}: ${reason}.`);
  // Under `npm run`, npm says where it is itself; `npm` need not be on the PATH.
  const npm = process.env["npm_execpath"];
  const args = [command, "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const isDone = await (npm === undefined ? succeeds("npm", args) : succeeds(process.execPath, [npm, ...args]));
  if (!isDone) {
    throw new ToolError("The dependencies could not be installed.", "npm says why above; is the network there?");
  }
}

/** Why the installed packages are not those of the lock file, or undefined when they are. */
function staleReason() {
  const installedPath = join(ROOT, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return "there is no node_modules folder yet";
  const wanted = readPackages(join(ROOT, "package-lock.json"));
  const installed = readPackages(installedPath);
  for (const [path, { version, link, optional, peer }] of Object.entries(wanted)) {
    if (!path.includes("node_modules/")) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    // Optional packages are for other platforms as often as not.
    const there = installed[path];
    if (there === undefined && (optional === true || peer === true)) continue;
    if (there === undefined) return `${name} is missing`;
    if (link !== true && there.version !== version) return `${name} is ${there.version} instead of ${version}`;
    if (!existsSync(join(ROOT, path))) return `${name} is missing`;
  }
  return undefined;
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

async function build() {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  if (!existsSync(join(ROOT, "packages/cli/dist/bin.js"))) say("Building the packages with tsc.");
  if (!(await succeeds(process.execPath, [tsc, "-b"]))) throw new ToolError("The packages do not compile.");
  if (isPageStale()) {
    say("Building the viewer's page with vite.");
    const vite = join(ROOT, "node_modules/vite/bin/vite.js");
    for (const mode of ["production", "plots-page"]) {
      const args = [vite, "build", "--mode", mode, "--logLevel", "error"];
      const isBuilt = await succeeds(process.execPath, args, { cwd: join(ROOT, "viewer") });
      if (!isBuilt) throw new ToolError("The viewer's page could not be built.");
    }
  }
  // Only now is what bundles there, on a clone that had nothing installed; and what is bundled.
  const { bundleCommand, isBundleStale } = await import("./bundle.mjs");
  if (isBundleStale()) {
    say("Bundling the command with rolldown.");
    await bundleCommand();
  }
  linkCommand();
}

function linkCommand() {
  const folder = join(ROOT, "node_modules/.bin");
  const link = join(folder, "waymark");
  const target = "../waymark/bundle/waymark.js";
  if (process.platform === "win32" || readLink(link) === target) return;
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

/** What a link says; undefined when there is none. */
function readLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

function isPageStale() {
  const pages = ["client/index.html", "plots-page/plots-page.js"].map((page) => join(ROOT, "viewer/dist", page));
  if (!pages.every((page) => existsSync(page))) return true;
  const builtMs = Math.min(...pages.map((page) => statSync(page).mtimeMs));
  const sources = [
    "viewer/src/client",
    "viewer/src/protocol.ts",
    "viewer/vite.config.ts",
    "packages/core/src",
    "packages/plots/src",
    "package-lock.json",
  ];
  return sources.some((source) => newestMs(join(ROOT, source)) > builtMs);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await runTool(() => prepare());
