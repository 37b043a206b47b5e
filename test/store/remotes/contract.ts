import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { hashBytes, type ContentCache } from "@waymark/store";
import {
  CorruptSourceError,
  fetchObjects,
  type ObjectRemote,
  pushObjects,
  RemoteFileMissingError,
} from "@waymark/store/remotes";
import { dvcProject } from "../folder.ts";

/** Names that some protocol or other would read as something else. */
export const HARD_NAMES = [
  "a b.txt",
  "100%.txt",
  "what?.txt",
  "#1.txt",
  "ä/日本 😀.bin",
  "a+b&c=d;e.txt",
  "it's [1].txt",
];

/** Makes a folder that goes away with the test. */
export function testFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-remote-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a project whose cache holds files and a folder of them; their names. */
export function filledProject(
  files: number,
  sizeBytes = 100,
): { cache: ContentCache; names: string[]; folder: string } {
  const content: Record<string, string> = {};
  for (let at = 0; at < files; at += 1)
    content[`data/${at}.txt`] = `${at} ${randomBytes(sizeBytes / 2).toString("hex")}`;
  const project = dvcProject(content);
  const folder = project.cache.insertDirectorySync(join(project.root, "data")).md5;
  const names = [...new Set(project.cache.readDirectory(folder).map(({ md5 }) => md5)), folder];
  return { cache: project.cache, names, folder };
}

/** Collects everything that comes. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Opens the remote under test anew: each call is another process, as far as the remote can tell. */
export type OpenTestRemote = () => Promise<ObjectRemote>;

/** What every remote must do, whatever its protocol. */
export function describeRemote(open: OpenTestRemote, options: { readonly canList?: boolean } = {}): void {
  const withRemote = async (): Promise<ObjectRemote> => {
    const remote = await open();
    onTestFinished(async () => remote.close());
    return remote;
  };

  it("keeps files under any name, replaces them, and forgets them", async () => {
    const { storage } = await withRemote();
    const folder = testFolder();
    for (const [at, name] of HARD_NAMES.entries()) {
      const path = `names/${name}`;
      expect(await storage.stat(path)).toBeUndefined();
      writeFileSync(join(folder, "source"), `content ${at}`);
      await storage.upload(join(folder, "source"), path);
      expect(await storage.stat(path)).toMatchObject({ path, isFolder: false, sizeBytes: 9 });
      const hash = await storage.download(path, join(folder, "target"));
      expect(hash).toEqual(hashBytes(Buffer.from(`content ${at}`)));
      expect(readFileSync(join(folder, "target"), "utf8")).toBe(`content ${at}`);
    }
    if (options.canList !== false) {
      const found = await collect(storage.walk("names"));
      expect(found.map(({ path }) => path).toSorted()).toEqual(HARD_NAMES.map((name) => `names/${name}`).toSorted());
    }
    const [first = ""] = HARD_NAMES;
    writeFileSync(join(folder, "source"), "");
    await storage.upload(join(folder, "source"), `names/${first}`);
    expect(await storage.stat(`names/${first}`)).toMatchObject({ sizeBytes: 0 });
    expect((await storage.download(`names/${first}`, join(folder, "empty"))).sizeBytes).toBe(0);
    for (const name of HARD_NAMES) await storage.remove(`names/${name}`);
    await storage.remove(`names/${first}`);
    expect(await storage.stat(`names/${first}`)).toBeUndefined();
    await expect(storage.download(`names/${first}`, join(folder, "none"))).rejects.toBeInstanceOf(
      RemoteFileMissingError,
    );
  });

  it("carries large files unharmed, and continues a download that was cut short", async () => {
    const { storage } = await withRemote();
    const folder = testFolder();
    const data = randomBytes(20 * 1024 * 1024 + 7);
    writeFileSync(join(folder, "source"), data);
    let sent = 0;
    await storage.upload(join(folder, "source"), "large.bin", {
      md5: hashBytes(data).md5,
      onBytes: (bytes) => (sent += bytes),
    });
    expect(sent).toBe(data.byteLength);
    // What an interrupted download left.
    const start = 12 * 1024 * 1024 + 1;
    writeFileSync(join(folder, "target"), data.subarray(0, start));
    let received = 0;
    const onBytes = (bytes: number): void => void (received += bytes);
    expect(await storage.download("large.bin", join(folder, "target"), { isResuming: true, onBytes })).toEqual(
      hashBytes(data),
    );
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    expect(received).toBe(data.byteLength);
    // All of it was there already; and more than all of it, which is of another file.
    expect(await storage.download("large.bin", join(folder, "target"), { isResuming: true })).toEqual(hashBytes(data));
    writeFileSync(join(folder, "target"), Buffer.concat([data, data.subarray(0, 100)]));
    expect(await storage.download("large.bin", join(folder, "target"), { isResuming: true })).toEqual(hashBytes(data));
    await storage.remove("large.bin");
  });

  it("shows nothing of a file that is not what it should be", async () => {
    const { storage } = await withRemote();
    const folder = testFolder();
    for (const sizeBytes of [10, 3 * 1024 * 1024, 20 * 1024 * 1024]) {
      writeFileSync(join(folder, "source"), randomBytes(sizeBytes));
      const upload = storage.upload(join(folder, "source"), "damaged.bin", { md5: "0".repeat(32) });
      await expect(upload).rejects.toBeInstanceOf(CorruptSourceError);
      expect(await storage.stat("damaged.bin")).toBeUndefined();
    }
    if (options.canList !== false) expect(await storage.listFolder("damaged.bin")).toEqual([]);
  });

  it("takes what it lacks, and gives it back to another project", async () => {
    const remote = await withRemote();
    const { cache, names, folder } = filledProject(60);
    expect(await remote.has(names)).toEqual(new Set());
    expect(await pushObjects(cache, remote, names)).toEqual({ transferred: names.length, failed: [], missing: [] });
    expect(await pushObjects(cache, await withRemote(), names)).toEqual({ transferred: 0, failed: [], missing: [] });
    const unknown = [`${"e".repeat(32)}.dir`, "f".repeat(32)];
    expect(await remote.has([...names, ...unknown])).toEqual(new Set(names));
    expect(await remote.has(names.slice(0, 3))).toEqual(new Set(names.slice(0, 3)));
    if (options.canList !== false) {
      expect((await collect(remote.listAll())).toSorted()).toEqual(names.toSorted());
    }

    const other = dvcProject().cache;
    // The folder alone is enough: what it holds comes with it.
    expect(await fetchObjects(other, remote, [folder])).toEqual({ transferred: names.length, failed: [], missing: [] });
    for (const name of names) {
      expect(other.verify(name)).toBe("intact");
      expect(statSync(other.objectPath(name)).mode & 0o777).toBe(0o444);
    }
    expect(await fetchObjects(other, remote, [folder])).toMatchObject({ transferred: 0 });
    expect(await fetchObjects(other, remote, unknown)).toMatchObject({ transferred: 0, missing: unknown });
    for (const name of names) await remote.remove(name);
    expect(await remote.has(names)).toEqual(new Set());
  });
}
