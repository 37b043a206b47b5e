import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { isErrno } from "@waymark/files";
import type { ConfigSource } from "@waymark/hydra";
import { OverrideFileError } from "./errors.ts";

/**
 * Opens a folder of configs. Links and `..` are followed as far as they stay in the repository; beyond, there is nothing.
 *
 * @param root - Of the repository, absolute, without links.
 * @param folder - Absolute.
 * @param name - As configured, for errors.
 * @throws {@link OverrideFileError} when there is no such folder in the repository.
 */
export function openConfigFolder(root: string, folder: string, name: string): ConfigSource {
  const find = (path: string): string | undefined => {
    const real = realPath(join(folder, path));
    return real === root || real?.startsWith(root + sep) === true ? real : undefined;
  };
  if (find("") === undefined) {
    throw new OverrideFileError(
      name,
      "is no folder of this repository",
      "Set hydra.config_dir to the folder of your configs.",
    );
  }
  return {
    name,
    readFile: (path) => {
      const file = find(path);
      return file === undefined ? undefined : unlessMissing(() => readFileSync(file, "utf8"));
    },
    listFolder: onceEach((path) => {
      const found = find(path);
      if (found === undefined) return undefined;
      return unlessMissing(() => readdirSync(found, { withFileTypes: true }))?.flatMap((entry) => {
        const { name: entryName } = entry;
        if (!entry.isSymbolicLink()) return [{ name: entryName, isFolder: entry.isDirectory() }];
        const real = find(join(path, entryName));
        const stats = real === undefined ? undefined : unlessMissing(() => statSync(real));
        // A sweep over what cannot be read would fail for it; and names elsewhere are nobody's business.
        return stats === undefined ? [] : [{ name: entryName, isFolder: stats.isDirectory() }];
      });
    }),
  };
}

function onceEach<T>(find: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    if (!known.has(path)) known.set(path, find(path));
    return known.get(path) as T;
  };
}

function realPath(path: string): string | undefined {
  return unlessMissing(() => realpathSync(path));
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "ELOOP")) return undefined;
    throw error;
  }
}
