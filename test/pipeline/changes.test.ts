import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, rmSync } from "node:fs";
import { float } from "@waymark/core";
import { collectChanges, formatStatus, isPythonEqual, type ProjectStatus, resolveTargets } from "@waymark/pipeline";
import { hashBytes } from "@waymark/store";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { type PipelineProject, pipelineProject } from "./pipeline-project.ts";

const RAW = "b1946ac92492d2347c6235b4d2611184";
const EMPTY_FOLDER = "d751713988987e9331980363e24189ce.dir";

/** A stage that is committed, with its output in the cache. */
const FILES = {
  "raw.txt": "hello\n",
  "out.txt": "hello\n",
  "params.yaml": "lr: 1\nlist: [1, 2]\n",
  ".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184": "hello\n",
  "dvc.yaml": "stages:\n  s: {cmd: run, deps: [raw.txt], params: [lr, list], outs: [out.txt]}\n",
  "dvc.lock": `schema: '2.0'
stages:
  s:
    cmd: run
    deps:
    - {path: raw.txt, hash: md5, md5: ${RAW}, size: 6}
    params:
      params.yaml: {list: [1, 2], lr: 1}
    outs:
    - {path: out.txt, hash: md5, md5: ${RAW}, size: 6}
`,
};

async function status(project: PipelineProject, targets: readonly string[] = [], folder = ""): Promise<ProjectStatus> {
  const opened = project.open(folder);
  const selections = resolveTargets(opened, await project.stages(), targets);
  return formatStatus(await collectChanges(opened, selections, { isCheckingImports: true }), opened.folder);
}

/** The status after the files of a committed stage have changed. */
async function statusAfter(changes: Readonly<Record<string, string | null>>): Promise<ProjectStatus> {
  const project = pipelineProject(FILES);
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) project.remove(path);
    else project.write({ [path]: content });
  }
  return status(project);
}

describe("what changed in a stage", () => {
  test("is nothing when everything is as recorded", async () => {
    expect(await statusAfter({})).toEqual({});
  });

  test.each([
    ["an input", { "raw.txt": "other\n" }, { "changed deps": { "raw.txt": "modified" } }],
    ["an input that is gone", { "raw.txt": null }, { "changed deps": { "raw.txt": "deleted" } }],
    ["an output", { "out.txt": "other\n" }, { "changed outs": { "out.txt": "modified" } }],
    ["an output that is gone", { "out.txt": null }, { "changed outs": { "out.txt": "deleted" } }],
    [
      "an output that is not in the cache, whatever is in the workspace",
      { ".dvc/cache": null, "out.txt": "other\n" },
      { "changed outs": { "out.txt": "not in cache" } },
    ],
    ["a param", { "params.yaml": "lr: 2\nlist: [1, 2]\n" }, { "changed deps": { "params.yaml": { lr: "modified" } } }],
    [
      "params in the order of the dvc.yaml",
      { "params.yaml": "list: [2]\n" },
      { "changed deps": { "params.yaml": { lr: "deleted", list: "modified" } } },
    ],
    ["a params file that is gone", { "params.yaml": null }, { "changed deps": { "params.yaml": "deleted" } }],
  ] as const)("tells %s", async (_, changes, expected) => {
    expect(await statusAfter(changes)).toEqual({ s: [expected] });
  });

  test("does not count another way to write a value", async () => {
    expect(await statusAfter({ "params.yaml": "list:\n- 1.0\n- 2\nlr: true\n" })).toEqual({});
  });

  test("tells another command, and that text is no list", async () => {
    const rest = "deps: [raw.txt], params: [lr, list], outs: [out.txt]";
    for (const cmd of ["other", "[run]", "'run '"]) {
      expect(await statusAfter({ "dvc.yaml": `stages: {s: {cmd: ${cmd}, ${rest}}}\n` })).toEqual({
        s: ["changed command"],
      });
    }
  });

  test("counts everything as changed of which nothing is recorded", async () => {
    expect(await statusAfter({ "dvc.lock": "schema: '2.0'\nstages: {}\n" })).toEqual({
      s: [
        { "changed deps": { "raw.txt": "modified", "params.yaml": "new" } },
        { "changed outs": { "out.txt": "modified" } },
      ],
    });
    const lock = FILES["dvc.lock"].replace("{list: [1, 2], lr: 1}", "{list: [1, 2]}");
    expect(await statusAfter({ "dvc.lock": lock })).toEqual({
      s: [{ "changed deps": { "params.yaml": { lr: "new" } } }],
    });
  });

  test("leaves the inputs of a frozen stage out", async () => {
    const dvcYaml = "stages: {s: {cmd: run, deps: [raw.txt], params: [lr, list], outs: [out.txt], frozen: true}}\n";
    expect(
      await statusAfter({ "dvc.yaml": dvcYaml, "raw.txt": "x", "params.yaml": "lr: 9\n", "out.txt": null }),
    ).toEqual({
      s: [{ "changed outs": { "out.txt": "deleted" } }],
    });
  });

  test("tells stages that always run: those that say so, and those with nothing to compare", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {a: {cmd: x}, b: {cmd: x, deps: [r], always_changed: true}}\n",
      r: "r",
    });
    expect(await status(project)).toEqual({
      a: ["always changed"],
      b: [{ "changed deps": { r: "modified" } }, "always changed"],
    });
  });

  test("notices keys that come and go in a params file that counts whole", async () => {
    const project = pipelineProject({
      "dvc.yaml": "stages: {s: {cmd: run, params: [p.yaml: ]}}\n",
      "dvc.lock": "schema: '2.0'\nstages: {s: {cmd: run, params: {p.yaml: {a: 1, gone: 2}}}}\n",
      "p.yaml": "new: 1\na: 2\n",
    });
    expect(await status(project)).toEqual({
      s: [{ "changed deps": { "p.yaml": { new: "new", a: "modified", gone: "deleted" } } }],
    });
  });

  test("fails on a params file that cannot be read", async () => {
    await expect(statusAfter({ "params.yaml": "a: [\n" })).rejects.toThrow("params.yaml");
    await expect(statusAfter({ "params.yaml": null, "params.yaml/x": "" })).rejects.toThrow("not a file");
  });

  test("looks at a folder as a whole, and for each of its files in the cache", async () => {
    const manifest = '[{"md5": "b1946ac92492d2347c6235b4d2611184", "relpath": "f"}]';
    const { md5 } = hashBytes(Buffer.from(manifest));
    const project = pipelineProject({
      "data/f": "hello\n",
      "data.dvc": `outs:\n- md5: ${md5}.dir\n  hash: md5\n  path: data\n`,
      ".dvc/cache/files/md5/b1/946ac92492d2347c6235b4d2611184": "hello\n",
      [`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}.dir`]: manifest,
    });
    expect(await status(project)).toEqual({});
    project.write({ "data/sub/new": "" });
    expect(await status(project)).toEqual({ "data.dvc": [{ "changed outs": { data: "modified" } }] });
    project.remove(".dvc/cache/files/md5/b1");
    expect(await status(project)).toEqual({ "data.dvc": [{ "changed outs": { data: "not in cache" } }] });
  });

  test("hashes what DVC 2 recorded as DVC 2 did, and looks for it where DVC 2 kept it", async () => {
    const project = pipelineProject({
      "t.txt": "a\r\nb\r\n",
      "t.txt.dvc": "outs:\n- md5: dd8c6a395b5dd36c56d23275028f526c\n  path: t.txt\n",
      ".dvc/cache/dd/8c6a395b5dd36c56d23275028f526c": "a\nb\n",
    });
    expect(await status(project)).toEqual({});
    project.write({ ".dvc/cache/files/md5/dd/8c6a395b5dd36c56d23275028f526c": "a\nb\n" });
    project.remove(".dvc/cache/dd");
    expect(await status(project)).toEqual({ "t.txt.dvc": [{ "changed outs": { "t.txt": "not in cache" } }] });
  });

  test("knows data by the folder of its versioned files", async () => {
    const project = pipelineProject({
      "data.dvc": "outs:\n- path: data\n  hash: md5\n  files: []\n",
      [`.dvc/cache/files/md5/${EMPTY_FOLDER.slice(0, 2)}/${EMPTY_FOLDER.slice(2)}`]: "[]",
      "data/f": "x",
    });
    expect(await status(project)).toEqual({ "data.dvc": [{ "changed outs": { data: "modified" } }] });
    project.remove("data/f");
    expect(await status(project)).toEqual({});
  });

  test("is told as seen from the current folder, and for what was asked for alone", async () => {
    const project = pipelineProject({
      "sub/dvc.yaml": "stages: {t: {cmd: x, deps: [../raw.txt], outs: [a, b]}}\n",
      "dvc.yaml": "stages: {s: {cmd: x, outs: [c]}}\n",
    });
    const changed = { "changed outs": { a: "deleted", b: "deleted" } };
    expect(await status(project, [], "sub")).toEqual({
      "../dvc.yaml:s": [{ "changed outs": { "../c": "deleted" } }],
      t: [{ "changed deps": { "../raw.txt": "deleted" } }, changed],
    });
    expect(await status(project, ["b"], "sub")).toEqual({
      t: [{ "changed deps": { "../raw.txt": "deleted" } }, { "changed outs": { b: "deleted" } }],
    });
    expect(Object.keys(await status(project))).toEqual(["s", "sub/dvc.yaml:t"]);
  });
});

describe("imported data", () => {
  const checksum = "a7d4b6adacb010abd64199dee40b5893";
  const file = `md5: ${checksum}
frozen: true
deps:
- {path: /data/ext/f.txt, md5: aab7e3691d8e56dbebe8c22e116a21f4, hash: md5, size: 4}
outs:
- {path: f.txt, md5: aab7e3691d8e56dbebe8c22e116a21f4, hash: md5, desc: ours, cache: false}
`;

  test("was edited by hand when its checksum does not fit", async () => {
    const changed = async (text: string): Promise<readonly unknown[]> =>
      (await status(pipelineProject({ "f.txt.dvc": text })))["f.txt.dvc"] ?? [];
    const withCache = file.replace(", cache: false", "");
    expect(await changed(withCache)).not.toContain("changed checksum");
    expect(await changed(withCache.replace(checksum, "0123456789abcdef0123456789abcdef"))).toContain(
      "changed checksum",
    );
    expect(await changed(withCache.replace("path: /data", "path: /other"))).toContain("changed checksum");
    expect(await changed(withCache.replace(`md5: ${checksum}\n`, ""))).toContain("changed checksum");
    expect(await changed("outs:\n- path: f.txt\n")).not.toContain("changed checksum");
  });

  test("from a repository is compared with the commit its branch is at now", async () => {
    const source = gitRepo({ "data.txt": "1\n" });
    const first = source.head();
    const project = pipelineProject({
      "data.txt": "1\n",
      "data.txt.dvc": `frozen: true
deps:
- path: data.txt
  repo: {url: ${source.root}, rev_lock: ${first}}
outs:
- {path: data.txt, hash: md5, md5: b026324c6904b2a9cb4b88d6d61c81d1, cache: false}
`,
    });
    const deps = async (): Promise<unknown> =>
      (await status(project))["data.txt.dvc"]?.find((item) => typeof item !== "string" && "changed deps" in item);
    expect(await deps()).toBeUndefined();
    source.write("more.txt", "2\n");
    source.commitAll("more");
    expect(await deps()).toEqual({ "changed deps": { [`data.txt (${source.root})`]: "update available" } });
  });
});

describe("dependencies behind URLs", () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  test("are compared by the hash their server tells", async () => {
    const answers = new Map([
      ["/same.txt", '"one"'],
      ["/other.txt", '"two"'],
    ]);
    server = createServer((request, response) => {
      const etag = answers.get(request.url ?? "");
      response.writeHead(
        etag === undefined ? 404 : 200,
        etag === undefined ? {} : { ETag: etag, "Content-Length": "3" },
      );
      response.end(request.method === "HEAD" ? undefined : "abc");
    });
    const listening = server.listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo;
    const url = (name: string): string => `http://127.0.0.1:${port}/${name}`;
    const entry = (name: string): string => `{path: '${url(name)}', hash: md5, checksum: '"one"'}`;
    const project = pipelineProject({
      "dvc.yaml": `stages: {s: {cmd: x, deps: ['${url("same.txt")}', '${url("other.txt")}', '${url("none.txt")}']}}\n`,
      "dvc.lock": `schema: '2.0'\nstages: {s: {cmd: x, deps: [${["same.txt", "other.txt", "none.txt"].map(entry).join(", ")}]}}\n`,
    });
    expect(await status(project)).toEqual({
      s: [{ "changed deps": { [url("other.txt")]: "modified", [url("none.txt")]: "deleted" } }],
    });
  });
});

describe("isPythonEqual", () => {
  test("is the equality of Python", () => {
    expect(isPythonEqual(1, true)).toBe(true);
    expect(isPythonEqual(float(1), 1)).toBe(true);
    expect(isPythonEqual(float(0), false)).toBe(true);
    expect(isPythonEqual(2n ** 64n, float(2 ** 64))).toBe(true);
    expect(isPythonEqual(1, "1")).toBe(false);
    expect(isPythonEqual(null, false)).toBe(false);
    expect(isPythonEqual(float(Number.NaN), float(Number.NaN))).toBe(false);
    expect(isPythonEqual([1, [2]], [float(1), [2]])).toBe(true);
    expect(isPythonEqual([1], [1, 2])).toBe(false);
    expect(isPythonEqual({ a: 1, b: 2 }, { b: 2, a: true })).toBe(true);
    expect(isPythonEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(isPythonEqual({ a: 1 }, { b: 1 })).toBe(false);
    expect(isPythonEqual({ __proto__: null, toString: 1 }, {})).toBe(false);
  });

  test("holds between any data and its copy, both ways around", () => {
    const data = fc.jsonValue();
    fc.assert(fc.property(data, (value) => isPythonEqual(value, structuredClone(value))));
    fc.assert(fc.property(data, data, (a, b) => isPythonEqual(a, b) === isPythonEqual(b, a)));
  });
});

test("comparing writes nothing", async () => {
  const project = pipelineProject(FILES);
  rmSync(`${project.root}/.dvc/cache`, { recursive: true });
  await status(project);
  expect(existsSync(`${project.root}/.dvc/cache`)).toBe(false);
});
