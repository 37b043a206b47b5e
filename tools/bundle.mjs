// Bundles the published command: `packages/cli/bundle`. Loading a module costs more than running most of it, and a
// command needs some two hundred; bundled it needs some twenty files. What loads lazily in the sources does so here:
// every dynamic import is a file of its own, and what several need is shared. The files are CommonJS, which Node loads
// in half the time, and for which code that V8 has compiled can be kept (`packages/cli/src/start`).
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { newestMs } from "./support/newest.mjs";
import { ROOT, runTool, ToolError } from "./support/run.mjs";

const CLI = join(ROOT, "packages/cli");
const BUNDLE = join(CLI, "bundle");
const PAGES = ["client", "plots-page"];
/** Loaded by few commands, and larger than all the rest: they stay packages. ws asks for the last two, and can do without. */
const PACKAGES = [/^@aws-sdk\//u, /^@smithy\//u, "ssh2", "bufferutil", "utf-8-validate"];
/** Modules of Node that are there once it has started. */
const LOADED_ANYWAY = new Set([
  "node:fs",
  "node:path",
  "node:url",
  "node:util",
  "node:events",
  "node:buffer",
  "node:timers",
]);
const SOURCES = [
  ...["cli", "core", "experiments", "files", "git", "hydra", "live", "pipeline", "plots", "store"].map(
    (name) => `packages/${name}/src`,
  ),
  ...["viewer/src/server", "viewer/src/protocol.ts", ...PAGES.map((page) => `viewer/dist/${page}`)],
  ...["package-lock.json", "tools/bundle.mjs"],
];

/** Tells whether there is something newer than the bundle that goes into it. */
export function isBundleStale() {
  const start = join(BUNDLE, "waymark.js");
  if (!existsSync(start)) return true;
  const builtMs = statSync(start).mtimeMs;
  return SOURCES.some((source) => newestMs(join(ROOT, source)) > builtMs);
}

/** Makes the bundle, from the sources and the built pages of the viewer. */
export async function bundleCommand() {
  const folder = mkdtempSync(`${BUNDLE}-`);
  try {
    const chunks = await writeChunks(folder);
    await writeStart(folder, idOf(chunks));
    writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
    writeFileSync(join(folder, "LICENSES.txt"), formatLicenses(chunks));
    for (const page of PAGES) cpSync(join(ROOT, "viewer/dist", page), join(folder, page), { recursive: true });
    chmodSync(folder, 0o755);
    replaceFolder(folder, BUNDLE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeChunks(folder) {
  const input = {
    main: "packages/cli/src/run-process.ts",
    // Threads start from a file of their own. Its name is the one that the built sources have.
    ...Object.fromEntries(findThreads().map((path) => [path.split("/").at(-1).replace(/\.ts$/u, ""), path])),
  };
  const chunks = await write(input, folder, { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" });
  for (const { fileName, code } of chunks) {
    // Code that was compiled before cannot import, as far as Node 20 goes.
    if (/(?<![\w.$"'`])import\(/u.test(code.replaceAll(/\/\*.*?\*\/|^\s*(?:\/\/|\*).*$/gmsu, ""))) {
      throw new ToolError(`${fileName} of the bundle holds an import().`, "Have it bundled, or name its package here.");
    }
    writeFileSync(join(folder, fileName), toAscii(loadBuiltinsLate(code)));
  }
  return chunks;
}

function findThreads() {
  const folder = "packages/store/src";
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter((path) => path.endsWith("-thread.ts"))
    .map((path) => `${folder}/${path.replaceAll(sep, "/")}`);
}

async function writeStart(folder, id) {
  await write({ waymark: "packages/cli/src/start/start.ts" }, folder, {}, { BUNDLE_ID: JSON.stringify(id) });
  chmodSync(join(folder, "waymark.js"), 0o755);
}

async function write(input, folder, output, define = {}) {
  const bundle = await rolldown({
    cwd: ROOT,
    input,
    platform: "node",
    external: PACKAGES,
    resolve: { conditionNames: ["bundle", "source", "import", "node", "default"] },
    transform: { target: "node20.19", define },
    // Much is imported lazily in one place and at once in another; it need not be said of each.
    checks: { ineffectiveDynamicImport: false },
    onLog(level, log) {
      if (level === "warn") throw new ToolError(`The command could not be bundled: ${log.message}`);
    },
  });
  const { output: chunks } = await bundle.write({
    dir: folder,
    format: "cjs",
    // Not for the package, but for whoever runs a clone with `node --enable-source-maps`.
    sourcemap: true,
    dynamicImportInCjs: false,
    ...output,
  });
  return chunks.filter(({ type }) => type === "chunk");
}

/**
 * Has modules of Node loaded by their first use: those that Node does not need for its own start take as long as much of
 * a command. What is named alone, and not for something in it, stays.
 */
function loadBuiltinsLate(code) {
  const declaration = /^let (node_\w+(?:\$\d+)?) = require\("(node:[\w/]+)"\);$/gmu;
  for (const [line, name, builtin] of [...code.matchAll(declaration)]) {
    if (LOADED_ANYWAY.has(builtin)) continue;
    const rest = code.replace(line, "");
    const escaped = name.replaceAll("$", "\\$");
    const used = new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, "gu");
    // A dot before it makes it a name in something else, unless there are three.
    const inside = new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)${escaped}(?=\\.\\w)`, "gu");
    if (rest.match(used)?.length !== rest.match(inside)?.length) continue;
    code = code
      .replaceAll(inside, () => `(${name} ??= require("${builtin}"))`)
      // The line stays where it is, for the lines of stacks.
      .replace(line, () => `let ${name};`);
  }
  return code;
}

/** Text of one byte a character is half as large in memory, and need not be decoded. */
function toAscii(code) {
  return code.replaceAll(/[^\0-\x7F]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

function idOf(chunks) {
  const hash = createHash("sha256");
  for (const { fileName, code } of chunks) hash.update(`${fileName}\0${code}\0`);
  return hash.digest("hex").slice(0, 16);
}

/** The licences of what others wrote and the bundle holds. */
function formatLicenses(chunks) {
  const folders = new Set(
    chunks.flatMap(({ moduleIds }) =>
      moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(id.replaceAll(sep, "/"))?.[0] ?? []),
    ),
  );
  return [...folders]
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
      if (file === undefined) throw new ToolError(`${name} comes without its licence.`);
      return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** Puts the new bundle where the old one was. A command that runs meanwhile keeps what it has loaded. */
function replaceFolder(from, to) {
  const old = `${from}-old`;
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await runTool(() => bundleCommand());
