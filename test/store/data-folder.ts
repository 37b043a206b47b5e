import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { DataStore } from "@waymark/store";
import { dvcProject, DVC_TEST_ENV } from "./folder.ts";

/** Hash of `hello` and a line end. */
export const HELLO = "b1946ac92492d2347c6235b4d2611184";

/** A folder `data` with a folder in it. */
export const THREE_FILES = {
  "data/train.csv": "a,b\n1,2\n",
  "data/test.csv": "a,b\n3,4\n",
  "data/sub/readme.txt": "note\n",
};

/** Hash of that folder, as DVC names it. */
export const THREE_FILES_MD5 = "bd9bfcaee72c7addb469323026812f67.dir";

/** A project with a data store that is closed with the test. */
export function dataProject(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  config = "",
): { readonly root: string; readonly store: DataStore; readonly reopen: () => DataStore } {
  const { root } = dvcProject({}, config);
  for (const [path, content] of Object.entries(files)) writeFile(root, path, content);
  const reopen = (): DataStore => {
    const store = DataStore.open(join(root, ".dvc"), { env: DVC_TEST_ENV });
    onTestFinished(async () => store.close());
    return store;
  };
  return { root, store: reopen(), reopen };
}

/** Writes a file that counts as written a while ago, so that what is remembered of it holds. */
export function writeFile(root: string, path: string, content: string | Uint8Array): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Waits until files written before have times of the past. */
export async function letTimePass(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60));
}

/** Every file below a folder with its content. */
export function readTree(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((path) => !lstatSync(join(folder, path)).isDirectory())
      .toSorted()
      .map((path) => [path, readFileSync(join(folder, path), "latin1")]),
  );
}

/** Changes one bit of a file that nobody may write to, and leaves its times as they are. */
export function flipBit(path: string): void {
  const { mode, atime, mtime } = lstatSync(path);
  const data = readFileSync(path);
  data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, data);
  utimesSync(path, atime, mtime);
  chmodSync(path, mode);
}

/** The objects of a cache whose bytes do not match their names, and what else lies between them. */
export function findDamage(cacheDir: string): readonly string[] {
  const folder = join(cacheDir, "files", "md5");
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => lstatSync(join(folder, path)).isFile())
    .filter((path) => {
      const name = path.replace("/", "").replace(/\.dir$/, "");
      const md5 = createHash("md5")
        .update(readFileSync(join(folder, path)))
        .digest("hex");
      return md5 !== name || (lstatSync(join(folder, path)).mode & 0o777) !== 0o444;
    });
}
