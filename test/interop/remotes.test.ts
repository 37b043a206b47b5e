import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../packages/cli/src/main.ts";
import { collectOutput } from "../support/collected-output.ts";
import { InteropProject, interopProject } from "../support/interop-project.ts";
import { INTEROP_ENV, PYTHON, runPython } from "../support/python.ts";
import { startHttp } from "../support/servers/http-server.ts";
import { hasMoto, startS3 } from "../support/servers/s3.ts";
import { noticeMissing, serverFolder } from "../support/servers/server.ts";
import { hasSshd, startSshd } from "../support/servers/sshd.ts";
import { hasApache, startWebdav } from "../support/servers/webdav.ts";

// Each command of the real DVC takes a second or more.
vi.setConfig({ testTimeout: 240_000 });

/** A place for a remote, as both tools are told of it. */
interface Place {
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Home folder of our side, where it matters. */
  readonly home?: string;
}

/** Starts the server of a kind, and says where the remote is. */
const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  folder: async () => {
    const folder = serverFolder("place");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return { url: join(folder, "remote"), settings: {} };
  },
  HTTP: async () => {
    const server = await startHttp();
    onTestFinished(async () => server.stop());
    return { url: `${server.url}/remote`, settings: {} };
  },
  S3: async () => {
    const server = await startS3();
    onTestFinished(async () => server.stop());
    await server.makeBucket("bucket");
    const keys = { access_key_id: "testing", secret_access_key: "testing", region: "us-east-1" };
    return { url: "s3://bucket/some/place", settings: { endpointurl: server.endpoint, ...keys } };
  },
  SSH: async () => {
    const server = await startSshd();
    onTestFinished(async () => server.stop());
    const url = `ssh://${server.user}@127.0.0.1:${server.port}${server.data}/remote`;
    return { url, settings: { keyfile: join(server.home, ".ssh/id_ed25519") }, home: server.home };
  },
  WebDAV: async () => {
    const server = await startWebdav();
    onTestFinished(async () => server.stop());
    return { url: `${server.guardedUrl}/remote`, settings: { user: "ada", password: "s3cret:pass" } };
  },
};

const needs: Readonly<Record<string, readonly [isThere: boolean, module: string | undefined]>> = {
  folder: [true, undefined],
  HTTP: [true, undefined],
  S3: [hasMoto, "dvc_s3"],
  SSH: [hasSshd, "dvc_ssh"],
  WebDAV: [hasApache, "dvc_webdav"],
};

function isImportable(module: string): boolean {
  try {
    runPython("/", ["-c", `import ${module}`]);
    return true;
  } catch {
    return false;
  }
}

const kinds = Object.keys(PLACES).filter((kind) => {
  const [isThere, module] = needs[kind] ?? [false, undefined];
  const isUsable = isThere && (module === undefined || isImportable(module));
  if (!isUsable)
    noticeMissing(`What DVC needs for ${kind}`, `Install the server, and ${module ?? "nothing"} with pip.`);
  return isUsable;
});

async function ours(project: InteropProject, place: Place, ...argv: readonly string[]): Promise<string> {
  const [stdout, stderr] = [collectOutput(), collectOutput()];
  const env = { ...INTEROP_ENV, ...(place.home === undefined ? {} : { HOME: place.home }) };
  const code = await main(argv, { cwd: project.root, env, stdout, stderr });
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}\n${stdout.text()}${stderr.text()}`);
  return stdout.text();
}

/** Runs the real `dvc` beside this process, whose servers answer it. */
async function theirs(project: InteropProject, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(PYTHON, ["-m", "dvc", ...args], { cwd: project.root, env: INTEROP_ENV });
  return stdout;
}

function cloneOf(project: InteropProject): InteropProject {
  const root = serverFolder("clone");
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  project.git("clone", "-q", project.root, root);
  const clone = new InteropProject(root);
  clone.git("config", "user.name", "Ada");
  clone.git("config", "user.email", "ada@example.org");
  return clone;
}

/** Both tools' projects with the same remote, and one commit that tracks data. */
async function sharedProject(place: Place): Promise<InteropProject> {
  const project = interopProject(true);
  await ours(project, place, "remote", "add", "-d", "shared", place.url);
  for (const [key, value] of Object.entries(place.settings)) {
    await ours(project, place, "remote", "modify", "shared", key, value);
  }
  mkdirSync(project.path("data/sub"), { recursive: true });
  for (const name of ["a b.txt", "ä.txt", "sub/c.txt"]) project.write(`data/${name}`, `${name}\n`);
  project.write("large.bin", Buffer.alloc(9 * 1024 * 1024, "large "));
  project.write("empty", "");
  await ours(project, place, "add", "data", "large.bin", "empty");
  project.git("add", "-A");
  project.git("commit", "-q", "-m", "data");
  return project;
}

test.each(kinds)("what we push to a remote of kind %s the real DVC pulls, and the other way round", async (kind) => {
  const place = await (PLACES[kind] as () => Promise<Place>)();
  const project = await sharedProject(place);
  expect(await ours(project, place, "push")).toBe("6 files pushed\n");

  const clone = cloneOf(project);
  await theirs(clone, "pull");
  for (const path of ["data/a b.txt", "data/ä.txt", "data/sub/c.txt", "large.bin", "empty"]) {
    expect(readFileSync(clone.path(path)).equals(readFileSync(project.path(path)))).toBe(true);
  }
  expect(await theirs(clone, "status", "--json")).toBe("{}\n");
  expect(await theirs(clone, "status", "-c", "--json")).toBe("{}\n");
  expect(await theirs(clone, "push")).toContain("Everything is up to date.");

  clone.write("data/new.txt", "new\n");
  clone.write("large.bin", Buffer.alloc(9 * 1024 * 1024, "larger "));
  await theirs(clone, "add", "-q", "data", "large.bin");
  clone.git("commit", "-q", "-a", "-m", "more");
  expect(await theirs(clone, "push")).toContain("3 files pushed");

  project.git("pull", "-q", clone.root, "main");
  expect(await ours(project, place, "pull")).toContain("3 files fetched");
  for (const path of ["data/new.txt", "large.bin"]) {
    expect(readFileSync(project.path(path)).equals(readFileSync(clone.path(path)))).toBe(true);
  }
  expect(await ours(project, place, "status", "-c")).toBe("Cache and remote 'shared' are in sync.\n");
  expect(await ours(project, place, "push", "-A")).toBe("Everything is up to date.\n");
});

test("the run cache that either pushes the other fetches and restores from", async () => {
  const place = await (PLACES["folder"] as () => Promise<Place>)();
  const project = await sharedProject(place);
  project.write(
    "dvc.yaml",
    "stages:\n  s:\n    cmd: cat empty large.bin > out.bin && date +%N > when\n    deps:\n    - empty\n    - large.bin\n    outs:\n    - out.bin\n    - when\n",
  );
  project.git("add", "dvc.yaml");
  project.git("commit", "-q", "-m", "stage");
  await ours(project, place, "repro");
  await ours(project, place, "push", "--run-cache");
  const clone = cloneOf(project);
  await theirs(clone, "pull", "--run-cache", "data.dvc", "large.bin.dvc", "empty.dvc");
  await theirs(clone, "repro", "--pull");
  expect(readFileSync(clone.path("when"), "utf8")).toBe(readFileSync(project.path("when"), "utf8"));

  // And back: a run that only the other side did.
  clone.write("empty", "not empty\n");
  await theirs(clone, "add", "-q", "empty");
  await theirs(clone, "repro", "-q");
  await theirs(clone, "push", "--run-cache");
  project.write("empty", "not empty\n");
  await ours(project, place, "add", "empty");
  await ours(project, place, "repro", "--pull");
  expect(readFileSync(project.path("when"), "utf8")).toBe(readFileSync(clone.path("when"), "utf8"));
});
