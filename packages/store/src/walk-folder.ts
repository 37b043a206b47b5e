import { danglingLink, lookAt, visitFolder, type VisitOptions } from "./scan-folder.ts";
import { stampOf } from "./state/file-stamp.ts";
import { StampList } from "./state/stamp-list.ts";

/** The files of a folder, with how they look. */
export interface FileList {
  /** Relative to the folder, `/` between parts. */
  readonly relpaths: readonly string[];
  /** In the same order; of a symbolic link, those of the file it leads to. */
  readonly stamps: StampList;
  /** Positions of the files that are symbolic links. */
  readonly links: ReadonlySet<number>;
  /** Bytes of all of them. */
  readonly sizeBytes: number;
  /** Links that lead nowhere, and what vanished meanwhile; only of a walk that is not strict. */
  readonly dangling: readonly string[];
}

/**
 * Lists the files of a folder as DVC records them, and looks at each once. Synchronous: for this much of small work
 * that is several times faster than anything that waits.
 *
 * @throws {@link UnsupportedEntryError} as `scanFolder` does.
 */
export function walkFolder(folder: string, options: VisitOptions = {}): FileList {
  const relpaths: string[] = [];
  const stamps = new StampList();
  const links = new Set<number>();
  const dangling: string[] = [];
  let sizeBytes = 0;
  visitFolder(folder, options, (relpath, path, isLink) => {
    const stats = lookAt(path);
    if (stats === undefined) {
      if (isLink && options.isStrict !== false) throw danglingLink(path);
      dangling.push(relpath);
      return;
    }
    // A link to a folder is not followed.
    if (!stats.isFile()) return;
    if (isLink) links.add(relpaths.length);
    relpaths.push(relpath);
    stamps.push(stampOf(stats));
    sizeBytes += Number(stats.size);
  });
  return { relpaths, stamps, links, sizeBytes, dangling };
}
