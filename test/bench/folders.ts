import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A kind of place to measure in. */
export type Place = "disk" | "tmpfs";

const roots = new Map<Place, string>();
let counter = 0;

/**
 * Makes a new folder. Folders are removed only when everything was measured: right after a large removal some disks
 * create files many times slower.
 */
export function newFolder(place: Place = "disk"): string {
  const root = roots.get(place) ?? mkdtempSync(join(place === "tmpfs" ? "/dev/shm" : tmpdir(), "waymark-bench-"));
  roots.set(place, root);
  counter += 1;
  const folder = join(root, String(counter));
  mkdirSync(folder);
  return folder;
}

/** Removes every folder that was made. */
export function removeFolders(): void {
  for (const root of roots.values()) rmSync(root, { recursive: true, force: true });
  roots.clear();
}

/** Whether there is a file system in memory to measure on. */
export function hasTmpfs(): boolean {
  return fileSystemOf("/dev/shm").startsWith("tmpfs");
}

/** Type and options of the file system that a folder is on, as the kernel says: `ext4 (rw,relatime)`. */
export function fileSystemOf(folder: string): string {
  let found = { mount: "", text: "unknown" };
  try {
    for (const line of readFileSync("/proc/mounts", "utf8").split("\n")) {
      const [, mount, type, options] = line.split(" ");
      if (mount === undefined || type === undefined || mount.length < found.mount.length) continue;
      if (`${folder}/`.startsWith(mount.endsWith("/") ? mount : `${mount}/`)) {
        found = { mount, text: `${type} (${options})` };
      }
    }
  } catch {
    // Not Linux: there is no such list.
  }
  return found.text;
}

/** The folder that {@link newFolder} works below. */
export function diskRoot(): string {
  return tmpdir();
}
