import {
  constants,
  copyFileSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import type { LinkType } from "./config/dvc-config.ts";

/**
 * Finds out by trying how files of a folder can share bytes with those of a cache: `reflink`, `hardlink`, `symlink`.
 * Nothing stays behind. Where nothing may be written into the cache, one of its objects serves for the trial.
 *
 * @param cacheDir - It exists.
 * @param folder - Where files are to be linked to, such as the root of a project.
 */
export function findLinkSupport(cacheDir: string, folder: string): readonly LinkType[] {
  const tries: readonly (readonly [LinkType, (source: string, target: string) => void])[] = [
    ["reflink", (source, target) => copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE)],
    ["hardlink", linkSync],
    ["symlink", (source, target) => symlinkSync(source, target)],
  ];
  const tryWith = (source: string): readonly LinkType[] =>
    tries.flatMap(([type, link]) => {
      const target = join(folder, `.waymark-link-${randomBytes(6).toString("hex")}`);
      try {
        link(source, target);
        return [type];
      } catch {
        return [];
      } finally {
        rmSync(target, { force: true });
      }
    });
  let scratch: string;
  try {
    scratch = mkdtempSync(join(cacheDir, ".waymark-links-"));
  } catch (error) {
    // A cache that others fill: whatever is in it shows as well how it can be linked to.
    if (!isErrno(error, "EACCES", "EPERM", "EROFS")) throw error;
    const object = findObject(join(cacheDir, "files", "md5"));
    return object === undefined ? [] : tryWith(object);
  }
  try {
    const source = join(scratch, "source");
    writeFileSync(source, "probe");
    return tryWith(source);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Finds some object of a cache. */
function findObject(root: string): string | undefined {
  for (const prefix of listNames(root)) {
    const [name] = listNames(join(root, prefix)).filter((each) => !each.startsWith("."));
    if (name !== undefined) return join(root, prefix, name);
  }
  return undefined;
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}
