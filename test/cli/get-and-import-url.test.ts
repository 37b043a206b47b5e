import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";
import { startHttp, type HttpServer } from "../support/servers/http-server.ts";
import { emptyProject, sourceRepo, temporaryFolder } from "../support/source-repo.ts";

async function run(project: GitRepo, ...args: readonly string[]): Promise<Answer> {
  const answer = await runHere(project.root, args);
  expect([answer.code, answer.code === 0 ? "" : answer.stderr]).toEqual([0, ""]);
  return answer;
}

async function codeOf(project: GitRepo, ...args: readonly string[]): Promise<number> {
  return (await runHere(project.root, args)).code;
}

/** Everything in a project but what Git and DVC keep for themselves. */
function filesOf(project: GitRepo): readonly string[] {
  return readdirSync(project.root).filter((name) => ![".git", ".dvc", ".dvcignore", "readme.md"].includes(name));
}

describe("get", () => {
  test("fetches files and folders, tracked by Git or DVC, into no project", async () => {
    const { repo } = sourceRepo();
    const cwd = temporaryFolder("cwd");
    const get = async (...args: readonly string[]): Promise<Answer> => runHere(cwd, ["get", ...args]);
    expect(await get(repo.root, "data")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(join(cwd, "data")).toSorted()).toEqual(["sub", "train.csv"]);
    expect((await get(`file://${repo.root}`, "deep/er/model.bin", "--rev", "v1", "-o", "new/old.bin")).code).toBe(0);
    expect(statSync(join(cwd, "new/old.bin")).size).toBe(2);
    expect((await get(repo.root, "code")).code).toBe(0);
    expect((await get(repo.root, "code")).code).toBe(1);
    expect((await get(repo.root, "code", "-f")).code).toBe(0);
    expect((await get(repo.root, "top.txt", "-o", "code")).code).toBe(0);
    expect(readdirSync(join(cwd, "code")).toSorted()).toEqual(["t.py", "top.txt"]);
    expect(readdirSync(cwd).toSorted()).toEqual(["code", "data", "new"]);
  });

  test("prints where data is stored", async () => {
    const { repo, storage } = sourceRepo();
    const url = (await runHere("/", ["get", repo.root, "data/sub/x.txt", "--show-url"])).stdout;
    expect(url).toBe(`${storage}/files/md5/2c/d6ee2c70b0bde53fbe6cac3c8b8bb1\n`);
    expect((await runHere("/", ["get", repo.root, "top.txt", "--show-url"])).code).toBe(1);
  });

  test("reads data that DVC 2 kept", async () => {
    const { repo } = sourceRepo();
    rmSync(repo.path(".dvc/cache"), { recursive: true });
    repo.write(".dvc/cache/dd/8c6a395b5dd36c56d23275028f526c", "a\r\nb\r\n");
    repo.write("old.txt.dvc", "outs:\n- md5: dd8c6a395b5dd36c56d23275028f526c\n  path: old.txt\n");
    repo.commitAll("old");
    const cwd = temporaryFolder("cwd");
    expect((await runHere(cwd, ["get", repo.root, "old.txt"])).code).toBe(0);
    expect(statSync(join(cwd, "old.txt")).size).toBe(6);
  });

  test("leaves nothing behind when it fails", async () => {
    const { repo } = sourceRepo();
    const cwd = temporaryFolder("cwd");
    expect((await runHere(cwd, ["get", repo.root, "nope"])).code).toBe(1);
    expect((await runHere(cwd, ["get", repo.root, "data.dvc"])).code).toBe(1);
    expect((await runHere(cwd, ["get", "nonexistent", "data"])).code).toBe(1);
    expect((await runHere(cwd, ["get", repo.root])).code).toBe(254);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("import-url, get-url and update of URLs", () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startHttp();
  });
  afterAll(async () => server.stop());

  test("a file of a server is recorded with its ETag as sent", async () => {
    writeFileSync(join(server.data, "a.txt"), "aa\n");
    const project = emptyProject();
    const { stderr } = await run(project, "import-url", `${server.url}/a.txt`);
    expect(stderr).toContain(`Importing '${server.url}/a.txt' -> 'a.txt'\n`);
    expect(project.read("a.txt.dvc")).toMatch(
      /^md5: [0-9a-f]{32}\nfrozen: true\ndeps:\n- checksum: '"3-[\d.]+"'\n {2}size: 3\n {2}hash: md5\n {2}path: http:/u,
    );
    expect(project.read("a.txt")).toBe("aa\n");
    expect((await run(project, "update", "a.txt.dvc")).stderr).toBe("'a.txt.dvc' didn't change, skipping\n");
    const gets = server.requests.filter(({ method, path }) => method === "GET" && path === "/a.txt").length;
    expect(gets).toBe(1);
    writeFileSync(join(server.data, "a.txt"), "longer\n");
    await run(project, "update", "a.txt.dvc");
    expect(project.read("a.txt")).toBe("longer\n");
    await run(project, "import-url", `${server.url}/a.txt`, "b.txt", "--no-download");
    expect(project.read("b.txt.dvc")).toContain("checksum: '\"7-");
    expect(project.has("b.txt")).toBe(false);
  });

  test("a server without ETags leaves the bytes to tell", async () => {
    writeFileSync(join(server.data, "plain.txt"), "aa\n");
    server.intervene = (request, response) => {
      if (request.url !== "/plain.txt") return false;
      response.writeHead(200, { "content-length": 3 });
      response.end(request.method === "HEAD" ? "" : "aa\n");
      return true;
    };
    const project = emptyProject();
    await run(project, "import-url", `${server.url}/plain.txt`);
    expect(project.read("plain.txt.dvc")).toContain("- checksum: d404401c8c6495b206fc35c95e55a6d5\n");
    expect((await run(project, "update", "plain.txt.dvc")).stderr).toContain("didn't change");
    server.intervene = undefined;
  });

  test("paths of this machine are kept as DVC keeps them", async () => {
    const outside = temporaryFolder("outside");
    mkdirSync(join(outside, "dir/sub"), { recursive: true });
    writeFileSync(join(outside, "a.txt"), "aa\n", { mode: 0o755 });
    writeFileSync(join(outside, "dir/b"), "b\n");
    writeFileSync(join(outside, "dir/sub/c"), "c\n");
    const project = emptyProject();
    await run(project, "import-url", join(outside, "a.txt"));
    expect(project.read("a.txt.dvc").replace(/^md5: .*\n/u, "")).toBe(
      [
        ...["frozen: true", "deps:", "- md5: d404401c8c6495b206fc35c95e55a6d5", "  size: 3", "  isexec: true"],
        ...["  hash: md5", `  path: ${outside}/a.txt`, "outs:", "- md5: d404401c8c6495b206fc35c95e55a6d5"],
        ...["  size: 3", "  hash: md5", "  path: a.txt", ""],
      ].join("\n"),
    );
    mkdirSync(project.path("sub"));
    symlinkSync(outside, project.path("out"));
    expect((await runHere(project.path("sub"), ["import-url", "../out/dir"])).code).toBe(0);
    expect(project.read("sub/dir.dvc")).toContain(
      "deps:\n- md5: 31e6a2a4b31fcfa2db7b32bf6ee498e7.dir\n  size: 4\n  nfiles: 2\n  hash: md5\n  path: ../out/dir\n",
    );
    await run(project, "import-url", join(outside, "dir"), "nd", "--no-download");
    expect(project.read("nd.dvc")).toContain("- md5: 31e6a2a4b31fcfa2db7b32bf6ee498e7.dir\n");
    writeFileSync(join(outside, "dir/new"), "n\n");
    await run(project, "update", "sub/dir.dvc");
    expect(project.read("sub/dir/new")).toBe("n\n");
  });

  test("a remote can be named by its name, and data can go to one without staying here", async () => {
    const outside = temporaryFolder("outside");
    writeFileSync(join(outside, "a.txt"), "aa\n");
    const project = emptyProject();
    const storage = temporaryFolder("storage");
    await run(project, "remote", "add", "-d", "st", storage);
    await run(project, "remote", "add", "src", outside);
    await run(project, "import-url", "remote://src/a.txt", "--to-remote");
    expect(project.has("a.txt")).toBe(false);
    expect(project.read("a.txt.dvc")).toContain(
      "  path: remote://src/a.txt\nouts:\n- md5: d404401c8c6495b206fc35c95e55a6d5\n",
    );
    expect(existsSync(join(storage, "files/md5/d4/04401c8c6495b206fc35c95e55a6d5"))).toBe(true);
    writeFileSync(join(outside, "a.txt"), "bbb\n");
    await run(project, "update", "a.txt.dvc", "--to-remote");
    expect(project.read("a.txt.dvc")).toContain("  size: 4\n");
    await run(project, "pull", "a.txt.dvc");
    expect(project.read("a.txt")).toBe("bbb\n");
  });

  test("--no-exec asks for nothing", async () => {
    const project = emptyProject();
    await run(project, "import-url", "https://nowhere.invalid/x.csv", "--no-exec");
    expect(project.read("x.csv.dvc")).toBe(
      "frozen: true\ndeps:\n- hash: md5\n  path: https://nowhere.invalid/x.csv\nouts:\n- hash: md5\n  path: x.csv\n",
    );
  });

  test("settings are recorded, and used again", async () => {
    writeFileSync(join(server.data, "s.txt"), "s\n");
    const project = emptyProject();
    await run(
      project,
      "import-url",
      `${server.url}/s.txt`,
      "s.txt",
      "--fs-config",
      "user=ada",
      "password=x",
      "auth=basic",
    );
    expect(project.read("s.txt.dvc")).toContain("  fs_config:\n    user: ada\n    password: x\n    auth: basic\n");
    const sent = (): string | undefined =>
      server.requests.findLast(({ path }) => path === "/s.txt")?.headers.authorization;
    expect(sent()).toBe(`Basic ${Buffer.from("ada:x").toString("base64")}`);
    writeFileSync(join(server.data, "s.txt"), "ss\n");
    await run(project, "update", "s.txt.dvc");
    expect(project.read("s.txt")).toBe("ss\n");
  });

  test("get-url fetches without tracking", async () => {
    writeFileSync(join(server.data, "g.txt"), "g\n");
    const cwd = temporaryFolder("cwd");
    expect(await runHere(cwd, ["get-url", `${server.url}/g.txt`])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await runHere(cwd, ["get-url", `${server.url}/g.txt`])).code).toBe(1);
    expect((await runHere(cwd, ["get-url", `${server.url}/g.txt`, "-f"])).code).toBe(0);
    expect((await runHere(cwd, ["get-url", `${server.url}/nope`])).code).toBe(1);
    expect((await runHere(cwd, ["get-url", server.data, "all"])).code).toBe(0);
    expect(readdirSync(join(cwd, "all"))).toContain("g.txt");
    expect(readdirSync(cwd).toSorted()).toEqual(["all", "g.txt"]);
  });

  test("what has no name needs one, and never takes the place of the current folder", async () => {
    const { repo } = sourceRepo();
    const cwd = temporaryFolder("cwd");
    writeFileSync(join(cwd, "mine.txt"), "mine\n");
    for (const args of [
      ["get-url", `${server.url}/`, "-f"],
      ["get-url", "..", "-f"],
      ["get", repo.root, ".", "-f"],
      ["get", repo.root, ".", "-f", "-o", cwd],
    ]) {
      expect((await runHere(cwd, args)).stderr).toContain("has no name of its own");
    }
    expect(readdirSync(cwd)).toEqual(["mine.txt"]);
    expect((await runHere(cwd, ["get", repo.root, ".", "-o", "all"])).code).toBe(0);
    expect(readdirSync(join(cwd, "all"))).toContain("data");
  });

  test("what cannot be imported leaves nothing behind, with DVC's exit codes", async () => {
    const project = emptyProject();
    const outside = temporaryFolder("outside");
    writeFileSync(join(outside, "a.txt"), "aa\n");
    expect(await codeOf(project, "import-url", `${server.url}/nope`)).toBe(1);
    expect(await codeOf(project, "import-url", "../nonexistent")).toBe(1);
    expect(await codeOf(project, "import-url", "ftp://x/y")).toBe(1);
    expect(await codeOf(project, "import-url", "remote://nope/x")).toBe(1);
    expect(await codeOf(project, "import-url", join(outside, "a.txt"), "-r", "st")).toBe(1);
    expect(await codeOf(project, "import-url", join(outside, "a.txt"), "--to-remote")).toBe(1);
    expect(await codeOf(project, "import-url", join(outside, "a.txt"), "--to-remote", "--no-exec")).toBe(1);
    expect(await codeOf(project, "import-url", join(outside, "a.txt"), "b", "--fs-config", "a=b")).toBe(1);
    expect(await codeOf(project, "import-url", join(outside, "a.txt"), "--no-exec", "--no-download")).toBe(254);
    expect(await codeOf(project, "import-url")).toBe(254);
    expect(filesOf(project)).toEqual([]);
    expect(readdirSync(project.path(".dvc/tmp/waymark")).filter((name) => name.startsWith("import-"))).toEqual([]);
  });
});
