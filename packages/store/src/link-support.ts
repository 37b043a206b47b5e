import { constants, copyFileSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { LinkType } from "./config/dvc-config.ts";

/**
 * Finds out by trying how files of a folder can share bytes with those of a cache: `reflink`, `hardlink`, `symlink`.
 * Nothing stays behind.
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
  const scratch = mkdtempSync(join(cacheDir, ".waymark-links-"));
  try {
    const source = join(scratch, "source");
    writeFileSync(source, "probe");
    return tries.flatMap(([type, link]) => {
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
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
