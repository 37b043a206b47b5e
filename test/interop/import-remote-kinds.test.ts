import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openUrl } from "@waymark/store/remotes";
import { hashBytes } from "@waymark/store";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";
import { hasMoto, startS3, type S3Server } from "../support/servers/s3.ts";
import { noticeMissing } from "../support/servers/server.ts";
import { hasSshd, startSshd, type SshServer } from "../support/servers/sshd.ts";
import { emptyProject, temporaryFolder } from "../support/source-repo.ts";

if (!hasMoto) noticeMissing("moto's S3 server", "Run `npm test`, which installs it, or set WAYMARK_MOTO.");
if (!hasSshd) noticeMissing("OpenSSH's server", "On Debian: `apt-get install openssh-server`.");

async function run(
  project: GitRepo,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Answer> {
  const answer = await runHere(project.root, args, env);
  expect([answer.code, answer.code === 0 ? "" : answer.stderr]).toEqual([0, ""]);
  return answer;
}

describe.runIf(hasMoto)("data of a bucket", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    await server.makeBucket("bucket");
  });
  afterAll(async () => server.stop());

  const put = async (path: string, text: string): Promise<void> => {
    const file = join(temporaryFolder("put"), "file");
    writeFileSync(file, text);
    const settings = new Map([["endpointurl", server.endpoint]]);
    const bucket = await openUrl("s3://bucket/raw", { env: { HOME: "/nonexistent", ...server.env }, settings });
    await bucket.upload(file, path);
    await bucket.close();
  };
  const md5 = (text: string): string => hashBytes(Buffer.from(text)).md5;

  test("is recorded by ETag, a folder by those of its files", async () => {
    await put("a.csv", "a\n");
    await put("dir/b", "b\n");
    await put("dir/sub/c", "c\n");
    const project = emptyProject();
    await run(project, server.env, "remote", "add", "cloud", "s3://bucket/raw");
    await run(project, server.env, "remote", "modify", "cloud", "endpointurl", server.endpoint);
    await run(project, server.env, "import-url", "remote://cloud/a.csv");
    expect(project.read("a.csv.dvc")).toContain(
      `deps:\n- etag: ${md5("a\n")}\n  size: 2\n  hash: md5\n  path: remote://cloud/a.csv\n`,
    );
    await run(project, server.env, "import-url", "remote://cloud/dir");
    // The list DVC makes of a folder in a bucket: Python's JSON of ETags and paths.
    const list = `[{"etag": "${md5("b\n")}", "relpath": "b"}, {"etag": "${md5("c\n")}", "relpath": "sub/c"}]`;
    expect(project.read("dir.dvc")).toContain(`deps:\n- md5: ${md5(list)}.dir\n  size: 4\n  nfiles: 2\n`);
    expect(readFileSync(project.path("dir/sub/c"), "utf8")).toBe("c\n");
    expect((await run(project, server.env, "update", "a.csv.dvc", "dir.dvc")).stderr).toBe(
      "'a.csv.dvc' didn't change, skipping\n'dir.dvc' didn't change, skipping\n",
    );
    await put("dir/sub/c", "cc\n");
    await put("a.csv", "aa\n");
    await run(project, server.env, "update", "-R", ".");
    expect([project.read("a.csv"), project.read("dir/sub/c")]).toEqual(["aa\n", "cc\n"]);
    expect((await run(project, server.env, "list-url", "remote://cloud", "-R", "--size")).stdout).toBe(
      "3  a.csv\n2  dir/b\n3  dir/sub/c\n",
    );
  });

  test("takes its settings with it", async () => {
    await put("s.csv", "s\n");
    const project = emptyProject();
    const config = ["--fs-config", `endpointurl=${server.endpoint}`];
    await run(project, server.env, "import-url", "s3://bucket/raw/s.csv", "s.csv", "--no-download", ...config);
    expect(project.read("s.csv.dvc")).toContain(
      `- etag: ${md5("s\n")}\n  size: 2\n  hash: md5\n  path: s3://bucket/raw/s.csv\n  fs_config:\n    endpointurl: ${server.endpoint}\n`,
    );
    await run(project, server.env, "pull");
    expect(project.read("s.csv")).toBe("s\n");
    await run(project, server.env, "get-url", "s3://bucket/raw/s.csv", "got.csv", ...config);
    expect(project.read("got.csv")).toBe("s\n");
  });

  test("can go to a bucket without staying here", async () => {
    await put("t.csv", "t\n");
    const project = emptyProject();
    await run(project, server.env, "remote", "add", "-d", "store", "s3://bucket/store");
    await run(project, server.env, "remote", "modify", "store", "endpointurl", server.endpoint);
    const config = ["--fs-config", `endpointurl=${server.endpoint}`];
    await run(project, server.env, "import-url", "s3://bucket/raw/t.csv", "t.csv", "--to-remote", ...config);
    expect(project.has("t.csv")).toBe(false);
    await run(project, server.env, "pull");
    expect(project.read("t.csv")).toBe("t\n");
  });
});

describe.runIf(hasSshd)("data of an SSH server", () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => server.stop());

  test("is recorded by its own hash, as on this machine", async () => {
    mkdirSync(join(server.data, "dir/sub"), { recursive: true });
    writeFileSync(join(server.data, "a.txt"), "aa\n", { mode: 0o755 });
    writeFileSync(join(server.data, "dir/b"), "b\n");
    writeFileSync(join(server.data, "dir/sub/c"), "c\n");
    const project = emptyProject();
    const env = { HOME: server.home };
    const url = `ssh://${server.user}@127.0.0.1:${server.port}${server.data}`;
    await run(project, env, "import-url", `${url}/a.txt`);
    expect(project.read("a.txt.dvc")).toContain(
      `deps:\n- md5: d404401c8c6495b206fc35c95e55a6d5\n  size: 3\n  isexec: true\n  hash: md5\n  path: ${url}/a.txt\n`,
    );
    await run(project, env, "import-url", `${url}/dir`, "dir", "--no-download");
    expect(project.read("dir.dvc")).toContain("- md5: 31e6a2a4b31fcfa2db7b32bf6ee498e7.dir\n  size: 4\n  nfiles: 2\n");
    expect(project.has("dir")).toBe(false);
    await run(project, env, "update", "dir.dvc");
    expect(project.read("dir/sub/c")).toBe("c\n");
    expect((await run(project, env, "list-url", `${url}/dir`)).stdout).toBe("b\nsub\n");
  });
});
