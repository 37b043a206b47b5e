import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCodeCacheFolder } from "../../packages/cli/src/start/code-cache-folder.ts";
import { CLONE, runProgram } from "../support/cli.ts";

const BUNDLE = join(CLONE, "packages/cli/bundle");
const START = join(BUNDLE, "waymark.js");
const isRoot = process.geteuid?.() === 0;
let folder: string;
let env: Readonly<Record<string, string | undefined>>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-start-"));
  env = { NODE_COMPILE_CACHE: join(folder, "cache"), NODE_DISABLE_COMPILE_CACHE: undefined };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function version(): Promise<string> {
  const { code, stdout, stderr } = await runProgram([START, "version"], { cwd: folder, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** The files of the cache, by name. */
function cached(): ReadonlyMap<string, string> {
  const parent = join(folder, "cache/waymark/code");
  const [name = ""] = readdirSync(parent);
  return new Map(readdirSync(join(parent, name)).map((file) => [file, join(parent, name, file)]));
}

describe("code that was compiled before", () => {
  test("is kept, and used without being written again", async () => {
    const answer = await version();
    expect(answer).toMatch(/^Waymark version: \d/u);
    const first = new Map([...cached()].map(([name, path]) => [name, statSync(path).mtimeMs]));
    expect([...first.keys()]).toContain("main.js");
    expect(await version()).toBe(answer);
    expect(new Map([...cached()].map(([name, path]) => [name, statSync(path).mtimeMs]))).toEqual(first);
  });

  test("is made anew when it is damaged, cut short, or of another file", async () => {
    const answer = await version();
    const victim = [...cached()].find(([name]) => name.startsWith("run-command"))?.[1] as string;
    const whole = readFileSync(victim);
    const zeroed = Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096)]);
    const other = readFileSync(cached().get("main.js") as string);
    for (const damaged of [Buffer.alloc(0), whole.subarray(0, whole.length >> 1), zeroed, other]) {
      writeFileSync(victim, damaged);
      expect(await version()).toBe(answer);
      expect(readFileSync(victim)).not.toEqual(damaged);
    }
  });

  test("of versions that nobody uses any more goes after a month", async () => {
    await version();
    const parent = join(folder, "cache/waymark/code");
    for (const name of ["old", "recent"]) mkdirSync(join(parent, name));
    utimesSync(join(parent, "old"), 0, 0);
    for (const name of readdirSync(parent))
      if (!["old", "recent"].includes(name)) rmSync(join(parent, name), { recursive: true });
    await version();
    expect(readdirSync(parent)).toContain("recent");
    expect(readdirSync(parent)).not.toContain("old");
  });

  test("is left out where it cannot be kept", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { code, stderr } = await runProgram([START, "version"], {
      cwd: folder,
      env: { ...env, NODE_COMPILE_CACHE: join(file, "below") },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("where it is kept", () => {
  const find = (own: Readonly<Record<string, string | undefined>>): string | undefined =>
    findCodeCacheFolder(own, "id");

  test("is the user's folder for caches, or the one that Node's own variable names", () => {
    const end = `waymark/code/id-${process.version}-${process.arch}`;
    if (process.platform === "linux") expect(find({ HOME: folder })).toBe(join(folder, ".cache", end));
    expect(find({ HOME: "/nowhere", XDG_CACHE_HOME: join(folder, "c") })).toBe(join(folder, "c", end));
    expect(find({ HOME: "/nowhere", NODE_COMPILE_CACHE: join(folder, "n") })).toBe(join(folder, "n", end));
  });

  test("is nowhere when it is turned off, or without a home", () => {
    expect(find({ HOME: folder, NODE_DISABLE_COMPILE_CACHE: "1" })).toBeUndefined();
    expect(find({})).toBeUndefined();
    expect(find({ HOME: "relative" })).toBeUndefined();
  });

  test("is nowhere that others can write to", () => {
    const home = mkdtempSync(join(folder, "home-"));
    const inside = find({ HOME: home }) as string;
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    expect(find({ HOME: home })).toBe(inside);
    chmodSync(inside, 0o777);
    expect(find({ HOME: home })).toBeUndefined();
  });

  test.runIf(isRoot)("is not another user's home", () => {
    const home = mkdtempSync(join(folder, "home-"));
    execFileSync("chown", ["12345", home]);
    expect(find({ HOME: home })).toBeUndefined();
  });
});

describe("the bundle", () => {
  const files = readdirSync(BUNDLE).filter((name) => name.endsWith(".js"));

  test("is ASCII, and imports nothing where what was compiled before could not", () => {
    for (const name of files) expect(/[^\0-\x7F]/u.test(readFileSync(join(BUNDLE, name), "utf8")), name).toBe(false);
  });

  test("loads what Node does not need for its own start when it is used", () => {
    const early = files.filter((name) =>
      /^let node_(?:http|worker_threads|zlib)\b.*require/mu.test(readFileSync(join(BUNDLE, name), "utf8")),
    );
    expect(early).toEqual([]);
  });

  test("reaches every kind of remote, whose packages and modules are loaded last", { timeout: 120_000 }, async () => {
    const cwd = mkdtempSync(join(folder, "project-"));
    const aws = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const run = async (...args: readonly string[]): Promise<string> =>
      (await runProgram([START, ...args], { cwd, env: { ...env, ...aws, NO_PROXY: "*" } })).stderr;
    await run("init", "--no-scm");
    writeFileSync(join(cwd, "data"), "data");
    await run("add", "data");
    for (const url of ["https://127.0.0.1:1/x", "ssh://nobody@127.0.0.1:1/x", "s3://bucket/x"]) {
      await run("remote", "add", "-f", "-d", "it", url);
      if (url.startsWith("s3:")) await run("remote", "modify", "it", "endpointurl", "http://127.0.0.1:1");
      expect(await run("push")).toContain("ECONNREFUSED");
    }
  });

  test("begins threads from files of its own", () => {
    expect(files).toEqual(expect.arrayContaining(["main.js", "waymark.js", "work-thread.js"]));
  });

  test("asks for no package that its own does not name", () => {
    const manifest = JSON.parse(readFileSync(join(dirname(BUNDLE), "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const asked = files.flatMap((name) =>
      [...readFileSync(join(BUNDLE, name), "utf8").matchAll(/\brequire\("([^".][^"]*)"\)/gu)].map(([, id = ""]) => id),
    );
    const packages = new Set(asked.filter((id) => !id.startsWith("node:")));
    const optional = ["bufferutil", "utf-8-validate"];
    const rest = [...packages].filter((id) => !optional.includes(id) && !isBuiltin(id));
    expect(rest.filter((id) => manifest.dependencies[id] === undefined)).toEqual([]);
  });

  test("comes with the licences of what it holds", () => {
    const text = readFileSync(join(BUNDLE, "LICENSES.txt"), "utf8");
    for (const name of ["chokidar", "commander", "csv-stringify", "smol-toml", "ws", "yaml"]) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, "mu"));
    }
  });

  test("shows the lines of the sources in stacks when Node is asked to", async () => {
    const args = ["--enable-source-maps", START, "-v", "--cd", "/nowhere", "version"];
    const { stderr } = await runProgram(args, { env });
    expect(stderr).toContain("packages/cli/src/run-command.ts:");
  });
});
