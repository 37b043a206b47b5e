import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ContentCache, hashBytes, initDvcFolder } from "@waymark/store";
import {
  fetchObjects,
  fetchRunCache,
  NoSpaceError,
  openRemote,
  pushObjects,
  pushRunCache,
  RemoteConfigError,
  type ObjectRemote,
} from "@waymark/store/remotes";
import { listFiles } from "../../support/checker.ts";
import { startHttp } from "../../support/servers/http-server.ts";
import { DVC_TEST_ENV, dvcProject } from "../folder.ts";
import { filledProject, testFolder } from "./contract.ts";

const openFolder = async (url: string): Promise<ObjectRemote> =>
  openRemote({ name: "disk", url, options: new Map(), folder: "/" }, {});

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

describe("objects of DVC 2", () => {
  it("travel in their own layout, by the hash that counts line ends once", async () => {
    const text = "a\r\nb\r\n";
    const name = hashBytes(Buffer.from("a\nb\n")).md5;
    const { cache } = dvcProject();
    put(join(cache.cacheDir, name.slice(0, 2), name.slice(2)), text);
    const folder = testFolder();
    const remote = await openFolder(folder);
    expect(await pushObjects(cache, remote, [name], { isLegacy: true })).toMatchObject({ transferred: 1, failed: [] });
    expect(readFileSync(join(folder, name.slice(0, 2), name.slice(2)), "utf8")).toBe(text);
    expect([await remote.has([name]), await remote.legacy.has([name])]).toEqual([new Set(), new Set([name])]);

    const other = dvcProject().cache;
    expect(await fetchObjects(other, remote, [name], { isLegacy: true })).toMatchObject({ transferred: 1, failed: [] });
    expect(readFileSync(join(other.cacheDir, name.slice(0, 2), name.slice(2)), "utf8")).toBe(text);
    rmSync(join(folder, name.slice(0, 2), name.slice(2)));
    put(join(folder, name.slice(0, 2), name.slice(2)), "other");
    const third = dvcProject().cache;
    expect(await fetchObjects(third, remote, [name], { isLegacy: true })).toMatchObject({ failed: [{ name }] });
  });
});

describe("the run cache", () => {
  const entry = (digit: string): string => `runs/${digit.repeat(2)}/${digit.repeat(64)}/${"0".repeat(64)}`;

  it("goes both ways, what is there already left alone, and nothing taken for it that is not", async () => {
    const { cache } = dvcProject();
    put(join(cache.cacheDir, entry("a")), "cmd: a\n");
    put(join(cache.cacheDir, entry("b")), "cmd: b\n");
    put(join(cache.cacheDir, "runs/aa/notes.txt"), "mine");
    const folder = testFolder();
    const remote = await openFolder(folder);
    expect(await pushRunCache(cache, remote)).toEqual({ transferred: 2, failed: [], missing: [] });
    expect(await pushRunCache(cache, remote)).toMatchObject({ transferred: 0 });
    put(join(folder, `runs/cc/${"d".repeat(64)}/${"0".repeat(64)}`), "in the wrong folder");
    const other = dvcProject().cache;
    put(join(other.cacheDir, entry("a")), "cmd: a\n");
    expect(await fetchRunCache(other, remote)).toMatchObject({ transferred: 1, failed: [] });
    expect(readFileSync(join(other.cacheDir, entry("b")), "utf8")).toBe("cmd: b\n");
    expect(readdirSync(join(other.cacheDir, "runs")).toSorted()).toEqual(["aa", "bb"]);
  });
});

describe("an interrupted fetch", () => {
  it("keeps the beginning of a large object, and goes on from there", async () => {
    const server = await startHttp();
    onTestFinished(async () => server.stop());
    const data = randomBytes(8 * 1024 * 1024);
    const name = hashBytes(data).md5;
    put(join(server.data, "files/md5", name.slice(0, 2), name.slice(2)), data);
    const { cache } = dvcProject();
    const open = async (): Promise<ObjectRemote> => {
      const remote = await openRemote({ name: "web", url: server.url, options: new Map(), folder: "/" }, {});
      onTestFinished(async () => remote.close());
      return remote;
    };
    const stop = new AbortController();
    let received = 0;
    server.intervene = (request, response) => {
      if (request.method !== "GET") return false;
      response.writeHead(200, { "content-length": data.byteLength });
      response.write(data.subarray(0, 5 * 1024 * 1024));
      return true;
    };
    const fetching = fetchObjects(cache, await open(), [name], {
      signal: stop.signal,
      onProgress: ({ bytesDone }) => {
        received = bytesDone;
        if (bytesDone >= 4 * 1024 * 1024) stop.abort();
      },
    });
    await expect(fetching).rejects.toThrow(/abort/i);
    expect(cache.has(name)).toBe(false);
    expect(received).toBeGreaterThanOrEqual(4 * 1024 * 1024);
    server.intervene = undefined;
    expect(await fetchObjects(cache, await open(), [name])).toEqual({ transferred: 1, failed: [], missing: [] });
    expect(cache.verify(name)).toBe("intact");
    expect(server.requests.at(-1)?.headers.range).toMatch(/^bytes=[45]\d{6}-$/);
    expect(readdirSync(join(cache.cacheDir, "files/.waymark-tmp"))).toEqual([]);
  });

  it("takes no beginning that is of other bytes: it is fetched anew", async () => {
    const server = await startHttp();
    onTestFinished(async () => server.stop());
    const data = randomBytes(3 * 1024 * 1024);
    const name = hashBytes(data).md5;
    put(join(server.data, "files/md5", name.slice(0, 2), name.slice(2)), data);
    const { cache } = dvcProject();
    const { hostname } = await import("node:os");
    const host = hostname().replaceAll(/[^\w.]/g, "_");
    put(
      join(cache.cacheDir, `files/.waymark-tmp/fetch-${name}-${host}-${process.pid}-abcdef`),
      randomBytes(2 * 1024 * 1024),
    );
    const remote = await openRemote({ name: "web", url: server.url, options: new Map(), folder: "/" }, {});
    onTestFinished(async () => remote.close());
    expect(await fetchObjects(cache, remote, [name])).toMatchObject({ transferred: 1, failed: [] });
    expect(cache.verify(name)).toBe("intact");
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([`bytes=${2 * 1024 * 1024}-`, undefined]);
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0 && tryMount();

describe.runIf(canMount)("a full disk", () => {
  it("ends a fetch with one clear error, and the next one goes on when there is room", async () => {
    const root = testFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", root]);
    onTestFinished(() => void execFileSync("umount", ["-l", root]));
    initDvcFolder(root);
    const cache = ContentCache.open(join(root, ".dvc"), { env: DVC_TEST_ENV });
    const remote = await openFolder(testFolder());
    const names: string[] = [];
    const folder = testFolder();
    for (let at = 0; at < 6; at += 1) {
      const data = randomBytes(3 * 1024 * 1024);
      names.push(hashBytes(data).md5);
      writeFileSync(join(folder, String(at)), data);
      await remote.upload(names[at] ?? "", join(folder, String(at)));
    }
    await expect(fetchObjects(cache, remote, names, { jobs: 2 })).rejects.toBeInstanceOf(NoSpaceError);
    for (const name of names) expect(["missing", "intact"]).toContain(cache.verify(name));
    execFileSync("mount", ["-o", "remount,size=64m", root]);
    expect(await fetchObjects(cache, remote, names)).toMatchObject({ failed: [], missing: [] });
    for (const name of names) expect(cache.verify(name)).toBe("intact");
  });
});

describe("what arrived", () => {
  it("is not sent again by the push that continues", async () => {
    const server = await startHttp();
    onTestFinished(async () => server.stop());
    const { cache, names } = filledProject(30);
    const stop = new AbortController();
    const remote = await openRemote({ name: "web", url: server.url, options: new Map(), folder: "/" }, {});
    onTestFinished(async () => remote.close());
    const pushing = pushObjects(cache, remote, names, {
      jobs: 2,
      signal: stop.signal,
      onProgress: ({ filesDone }) => {
        if (filesDone === 10) stop.abort();
      },
    });
    await expect(pushing).rejects.toThrow(/abort/i);
    // A request that was under way at that moment may come to the server later still.
    const before = server.requests.length;
    const arrivedFiles = (): readonly string[] =>
      listFiles(server.data).flatMap((path) => (path.endsWith(".part") ? [] : [`/${path}`]));
    const arrived = arrivedFiles();
    expect(arrived.length).toBeGreaterThanOrEqual(10);
    expect(arrived.length).toBeLessThan(names.length);
    await pushObjects(cache, remote, names);
    const later = server.requests.slice(before).flatMap(({ method, path }) => (method === "POST" ? [path] : []));
    expect(later.filter((path) => arrived.includes(path))).toEqual([]);
    expect(arrivedFiles()).toHaveLength(names.length);
    expect(later.at(-1)).toMatch(/\.dir$/);
  });
});

describe("remotes that are not ours", () => {
  it.each([
    ["gs://bucket/x", {}, /no support for gs/],
    ["azure://container/x", {}, /no support for azure/],
    ["s3://bucket/x", { version_aware: "true" }, /`version_aware`/],
    ["s3://bucket/x", { worktree: "true" }, /`worktree`/],
    ["http://host/x", { ssl_verify: "/nowhere/ca.pem" }, /certificate cannot be read/],
    ["s3://bucket/x", { connect_timeout: "soon" }, /'connect_timeout' is 'soon'/],
  ])("%s %o is refused with what to do", async (url, options, message) => {
    const opening = openRemote({ name: "r", url, options: new Map(Object.entries(options)), folder: "/" }, {});
    await expect(opening).rejects.toBeInstanceOf(RemoteConfigError);
    await expect(opening).rejects.toThrow(message);
  });
});

function tryMount(): boolean {
  const folder = join("/tmp", `waymark-mount-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
