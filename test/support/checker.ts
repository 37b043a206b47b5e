import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parse } from "yaml";

/** Everything below a folder, files only, relative, sorted. */
export function listFiles(folder: string, skip: (path: string) => boolean = () => false): readonly string[] {
  if (!existsSync(folder)) return [];
  const found: string[] = [];
  const walk = (current: string): void => {
    for (const entry of readdirSync(current, { withFileTypes: true })) {
      const path = join(current, entry.name);
      if (skip(relative(folder, path))) continue;
      if (entry.isDirectory()) walk(path);
      else found.push(relative(folder, path));
    }
  };
  walk(folder);
  return found.sort();
}

/** Content of every file of a run that its reader sees, by path; the folder of run state is left out. */
export function readRun(dir: string): Readonly<Record<string, string>> {
  const files = listFiles(dir, (path) => path === ".waymark" || path === "plots/images");
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(dir, path), "utf8")]));
}

/** What is wrong with the histories of a run, in words; empty when all is well. */
export function checkHistories(dir: string, expected: HistoryExpectation): readonly string[] {
  const problems: string[] = [];
  const folder = join(dir, "plots", "metrics");
  for (const metric of expected.metrics) {
    const path = join(folder, `${metric}.tsv`);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const lines = text.split("\n");
    const torn = lines.pop() ?? "";
    const rows = lines.slice(1).map((line) => line.split("\t"));
    if (torn !== "" && expected.mayBeTorn !== true) problems.push(`${metric} ends in a torn row: ${torn}`);
    if (lines.length > 0 && lines[0] !== `step\t${basename(metric)}`)
      problems.push(`${metric} has the header ${lines[0]}`);
    rows.forEach((cells, index) => {
      if (cells.length !== 2) problems.push(`${metric} row ${index} has ${cells.length} cells`);
      else if (Number(cells[0]) !== index) problems.push(`${metric} row ${index} is of step ${cells[0]}`);
      else if (cells[1] !== expected.value(metric, index)) problems.push(`${metric} step ${index} is ${cells[1]}`);
    });
    if (rows.length < expected.completeSteps) {
      problems.push(`${metric} has ${rows.length} rows, ${expected.completeSteps} steps had been completed`);
    }
  }
  return problems;
}

export interface HistoryExpectation {
  readonly metrics: readonly string[];
  /** Steps for which `nextStep()` had returned. */
  readonly completeSteps: number;
  readonly value: (metric: string, step: number) => string;
  /** One torn row at the end is allowed while nobody has resumed. */
  readonly mayBeTorn?: boolean;
}

/** Every JSON and YAML file that a reader may open is whole. */
export function checkDocuments(folder: string): readonly string[] {
  const problems: string[] = [];
  for (const path of listFiles(folder, (name) => /(?:^|\/)(?:\.git|cache|lock)$/.test(name))) {
    const isYaml = /\.(?:ya?ml|dvc)$/.test(path);
    if (!isYaml && !path.endsWith(".json")) continue;
    const text = readFileSync(join(folder, path), "utf8");
    if (text.trim() === "") problems.push(`${path} is empty`);
    try {
      if (isYaml) parse(text);
      else JSON.parse(text);
    } catch (error) {
      problems.push(`${path} does not parse: ${(error as Error).message}`);
    }
  }
  return problems;
}

/** What must not change in a repository, whatever happens to a save. */
export interface UserState {
  readonly head: string;
  readonly index: string;
  readonly status: string;
  readonly stash: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Takes a picture of HEAD, the index, the stash and the given files. */
export function readUserState(repo: string, files: readonly string[]): UserState {
  const git = (...args: readonly string[]): string => runGit(repo, args);
  return {
    head: readFileSync(join(repo, ".git/HEAD"), "utf8") + git("rev-parse", "HEAD"),
    index: md5(readFileSync(join(repo, ".git/index"))),
    status: git("diff", "--cached", "--raw", "-z"),
    stash: git("stash", "list"),
    files: Object.fromEntries(
      files.map((path) => [path, existsSync(join(repo, path)) ? md5(readFileSync(join(repo, path))) : "gone"]),
    ),
  };
}

/** The repository is sound, and the checkpoint of every acknowledged step can be reached from an experiment. */
export function checkRepository(repo: string, acknowledgedSteps: readonly number[]): readonly string[] {
  const problems: string[] = [];
  try {
    runGit(repo, ["fsck", "--full", "--strict", "--no-dangling"]);
  } catch (error) {
    problems.push(`git fsck: ${(error as { stderr?: Buffer }).stderr?.toString() ?? String(error)}`);
  }
  const messages = runGit(repo, ["log", "--glob=refs/exps/*", "--format=%B"]);
  const steps = new Set([...messages.matchAll(/^Waymark-Step: (\d+)$/gm)].map((match) => Number(match[1])));
  for (const step of acknowledgedSteps) if (!steps.has(step)) problems.push(`the checkpoint of step ${step} is lost`);
  return [...problems, ...checkCache(repo)];
}

/** Every object of the cache has the content its name says, and is read-only. */
export function checkCache(repo: string): readonly string[] {
  const folder = join(repo, ".dvc/cache/files/md5");
  return listFiles(folder).flatMap((path) => {
    const name = basename(path);
    // Unfinished objects have names of their own, which no reader takes for an object.
    if (name.startsWith(".") || name.endsWith(".tmp")) return [];
    const problems: string[] = [];
    const hash = dirname(path) + name.replace(/\.dir$/, "");
    if (md5(readFileSync(join(folder, path))) !== hash) problems.push(`cache object ${path} has other content`);
    if ((statSync(join(folder, path)).mode & 0o222) !== 0) problems.push(`cache object ${path} is writable`);
    return problems;
  });
}

export function md5(content: Uint8Array): string {
  return createHash("md5").update(content).digest("hex");
}

export function runGit(repo: string, args: readonly string[]): string {
  return execFileSync("git", ["-C", repo, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_OPTIONAL_LOCKS: "0" },
  });
}
