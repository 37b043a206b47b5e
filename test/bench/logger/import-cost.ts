import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { newFolder } from "../folders.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { note, quantityAtMost, ratioAtMost, type Row } from "../row.ts";
import type { Scale } from "../section.ts";
import { timeProgram } from "../worker.ts";

const LOGGER = fileURLToPath(new URL("../../../packages/live", import.meta.url));
const MB = 1e6;
/** A start takes a twentieth of a second: many of them cost little and steady the median. */
const STARTS_PER_ROUND = 9;

/** Row L7: what a script pays for importing the logger. */
export async function measureImport({ rounds }: Scale): Promise<Row> {
  const cwd = newFolder();
  const script = (name: string, specifier: string): readonly string[] => {
    const path = join(cwd, name);
    const url = import.meta.resolve(specifier);
    writeFileSync(path, `import { Live } from ${JSON.stringify(built(url))};\nif (Live === undefined) throw 0;\n`);
    return [process.execPath, path];
  };
  const median = async (command: readonly string[]): Promise<number> => {
    const times: number[] = [];
    for (let start = 0; start < STARTS_PER_ROUND; start += 1) times.push(await timeProgram(command, cwd));
    return spreadOf(times).median;
  };
  const importLive = script("live.mjs", "@waymark/live");
  const importWaymark = script("waymark.mjs", "waymark");
  const { nothing, live, waymark } = await alternate(rounds, {
    nothing: async () => median([process.execPath, "-e", "0"]),
    live: async () => median(importLive),
    waymark: async () => median(importWaymark),
  });
  const sizes = installedSizes();
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    id: "L7",
    work: "importing the logger in a script that does nothing else",
    figures: [
      ratioAtMost('`import { Live } from "waymark"`, against `node -e 0`', 1.15, ratiosOf(waymark, nothing)),
      ratioAtMost('`import { Live } from "@waymark/live"`, against `node -e 0`', 1.15, ratiosOf(live, nothing)),
      note("`node -e 0`", formatQuantity(spreadOf(nothing), "ms")),
      quantityAtMost("installed size of @waymark/live with what it needs", 1, "MB", spreadOf([total / MB])),
      note("of it", sizes.map(({ name, bytes }) => `${name} ${(bytes / MB).toFixed(2)} MB`).join(", ")),
    ],
  };
}

/** Where a package is entered when it is installed, whatever conditions this program runs under. */
function built(url: string): string {
  return url.replace(/\/src\/(.*)\.ts$/u, "/dist/$1.js");
}

/** Bytes that installing the logger puts on the disk: its published files and those of every package it needs. */
function installedSizes(): readonly { readonly name: string; readonly bytes: number }[] {
  const seen = new Map<string, { name: string; bytes: number }>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const isOurs = !folder.split(sep).includes("node_modules");
    const bytes = isOurs ? publishedSize(folder) : sizeOf(folder);
    seen.set(folder, { name: manifest.name, bytes });
    for (const name of Object.keys(manifest.dependencies ?? {})) visit(findPackage(name, folder));
  };
  visit(LOGGER);
  return [...seen.values()];
}

/** Size of what npm would publish, by npm's own rules. */
function publishedSize(folder: string): number {
  const npm = process.env["npm_execpath"];
  const [program, ...before] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const args = [...before, "pack", "--dry-run", "--json", "--loglevel=error"];
  const printed = execFileSync(program ?? "npm", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [tarball] = JSON.parse(printed) as readonly { readonly unpackedSize: number }[];
  return tarball?.unpackedSize ?? Number.NaN;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function findPackage(name: string, from: string): string {
  for (const folder of createRequire(join(from, "index.js")).resolve.paths(name) ?? []) {
    try {
      return dirname(realpathSync(join(folder, name, "package.json")));
    } catch {
      // Not in this folder: the next one up.
    }
  }
  throw new Error(`${name} is not installed`);
}

function sizeOf(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path)
    .filter((name) => name !== "node_modules")
    .map((name) => sizeOf(join(path, name)))
    .reduce((sum, size) => sum + size, 0);
}
