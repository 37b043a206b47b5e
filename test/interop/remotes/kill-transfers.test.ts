import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRemote, type ObjectRemote } from "@waymark/store/remotes";
import { BIN, startProgram, waymark } from "../../support/cli.ts";
import { checkDataProject, copyProject, makeDataProject, readWorkTree } from "../../support/data-project.ts";
import { isLong, seededRandom } from "../../support/fault-run.ts";
import { hasMoto, startS3, type S3Server } from "../../support/servers/s3.ts";
import { noticeMissing, type TestServer } from "../../support/servers/server.ts";
import { hasSshd, startSshd, type SshServer } from "../../support/servers/sshd.ts";

const TRIALS = isLong ? 200 : 3;

/** A server whose remotes can be looked at as folders. */
interface FarStore {
  readonly server: TestServer;
  readonly env: Readonly<Record<string, string>>;
  /** URL and settings of the remote that belongs to a copy of a project. */
  config(root: string): { readonly url: string; readonly options: Readonly<Record<string, string>> };
  /** Makes `remote` below the project what the server holds. */
  mirror(root: string): Promise<void>;
}

async function startFarSsh(): Promise<FarStore> {
  const server: SshServer = await startSshd();
  return {
    server,
    env: { HOME: server.home },
    // The folder that the checker looks at is the one on the server.
    config: (root) => ({ url: `ssh://${server.user}@127.0.0.1:${server.port}${join(root, "remote")}`, options: {} }),
    mirror: async () => {},
  };
}

async function startFarS3(): Promise<FarStore> {
  const server: S3Server = await startS3();
  await server.makeBucket("bucket");
  const config: FarStore["config"] = (root) => ({
    url: `s3://bucket${root}`,
    options: { endpointurl: server.endpoint },
  });
  const env = { ...server.env, HOME: "/nonexistent" };
  const mirror = async (root: string): Promise<void> => {
    rmSync(join(root, "remote"), { recursive: true, force: true });
    const remote = await openFar({ config, env }, root);
    for await (const { path } of remote.storage.walk("")) {
      const target = join(root, "remote", path);
      mkdirSync(dirname(target), { recursive: true });
      await remote.storage.download(path, target);
    }
    await remote.close();
  };
  return { server, env, config, mirror };
}

async function openFar({ config, env }: Pick<FarStore, "config" | "env">, root: string): Promise<ObjectRemote> {
  const { url, options } = config(root);
  return openRemote({ name: "far", url, options: new Map(Object.entries(options)), folder: root }, env);
}

const KINDS = [
  { name: "SSH", start: startFarSsh, isThere: hasSshd },
  { name: "S3", start: startFarS3, isThere: hasMoto },
];

for (const { name, isThere } of KINDS) if (!isThere) noticeMissing(`a server for ${name}`, "See CONTRIBUTING.md.");

describe.each(KINDS.filter(({ isThere }) => isThere))("SIGKILL of a transfer over $name", ({ start }) => {
  let far: FarStore;
  let project: string;
  const folders: string[] = [];
  beforeAll(async () => {
    far = await start();
    project = makeDataProject();
    folders.push(project);
    for (const args of [["add", "data"], ["repro"]]) await run(project, args);
  }, 120_000);
  afterAll(async () => {
    await far.server.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const run = async (root: string, args: readonly string[]): Promise<void> => {
    const { code, stderr } = await waymark(args, { cwd: root, env: far.env });
    if (code !== 0) throw new Error(`waymark ${args.join(" ")} ended with ${code}:\n${stderr}`);
  };
  const configure = (root: string, of = root): void => {
    const { url, options } = far.config(of);
    const settings = Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`);
    const text = `[core]\n    remote = far\n['remote "far"']\n    url = ${url}\n${settings.join("")}`;
    writeFileSync(join(root, ".dvc/config"), text);
  };
  const copy = (of: string): string => {
    const root = copyProject(of);
    folders.push(root);
    return root;
  };

  it.each(["push", "pull"])(
    "%s leaves nothing torn, and the next one completes it",
    { timeout: 7_200_000 },
    async (command) => {
      // A finished push is what a pull starts from, and how long either takes.
      const pushed = copy(project);
      configure(pushed);
      const began = performance.now();
      await run(pushed, ["push"]);
      const durationMs = performance.now() - began;
      const finished = readWorkTree(pushed);
      const random = seededRandom(11);
      const problems: string[] = [];
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const root = copy(command === "push" ? project : pushed);
        configure(root, command === "push" ? root : pushed);
        if (command === "pull") {
          for (const path of ["data", "out", "sum.txt", ".dvc/cache"]) rmSync(join(root, path), { recursive: true });
        }
        // Spread over all of it, however few there are.
        const afterMs = ((trial + random()) / TRIALS) * durationMs;
        const program = startProgram([BIN, command], { cwd: root, env: far.env });
        const timer = setTimeout(() => program.kill("SIGKILL"), afterMs);
        await program.ended;
        clearTimeout(timer);
        const look = async (): Promise<readonly string[]> => {
          if (command === "push") await far.mirror(root);
          return checkDataProject(root);
        };
        // What is pulled is on the server, where the checker cannot see it; a copy stands for it.
        if (command === "pull") {
          cpSync(join(pushed, ".dvc/cache/files"), join(root, "remote/files"), { recursive: true });
        }
        const found = [...(await look())];
        const { code, stderr } = await waymark([command], { cwd: root, env: far.env });
        if (code !== 0) found.push(`the next one ends with ${code}: ${stderr}`);
        found.push(...(await look()));
        const status = await waymark(["status", "--cloud", "--json"], { cwd: root, env: far.env });
        if (status.stdout.trim() !== "{}") found.push(`there is still something to do: ${status.stdout}`);
        const after = readWorkTree(root);
        const differing = Object.keys({ ...after, ...finished }).filter(
          (path) => path !== ".dvc/config" && after[path] !== finished[path],
        );
        if (differing.length > 0) found.push(`these differ in the end: ${differing.join(", ")}`);
        problems.push(...found.map((problem) => `killed after ${afterMs.toFixed(0)} ms: ${problem}`));
        rmSync(root, { recursive: true, force: true });
      }
      expect(problems).toEqual([]);
    },
  );

  it("would be noticed if it left something torn", async () => {
    const root = copy(project);
    configure(root);
    await far.mirror(root);
    expect(checkDataProject(root)).toEqual([]);
    const remote = await openFar(far, root);
    writeFileSync(join(root, "half"), "hel");
    await remote.storage.upload(join(root, "half"), "files/md5/b1/946ac92492d2347c6235b4d2611184");
    writeFileSync(join(root, "half"), '[{"md5": "b1946ac92492d2347c6235b4d2611184", "relpath": "x"}]');
    await remote.storage.upload(join(root, "half"), "files/md5/14/9d0adbd9c2b8ef4d3f9d4e0c5f5a1b.dir");
    await remote.storage.remove("files/md5/b1/946ac92492d2347c6235b4d2611184");
    await remote.storage.upload(join(root, "half"), "files/md5/00/000000000000000000000000000000");
    await remote.close();
    await far.mirror(root);
    const problems = checkDataProject(root).join("\n");
    expect(problems).toMatch(/remote\/files\/md5\/00\/0{30} holds/);
    expect(problems).toMatch(/lacks b1946ac92492d2347c6235b4d2611184/);
  });
});
