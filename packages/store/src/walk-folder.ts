import { LookHelpers } from "./look/look-helpers.ts";
import { LOOK_KINDS, type LookMemory } from "./look/look-portions.ts";
import { danglingLink, visitFolder, type VisitOptions } from "./scan-folder.ts";
import { StampList } from "./state/stamp-list.ts";

/** The files of a folder, with how they look. */
export interface FileList {
  /** Relative to the folder, `/` between parts. */
  readonly relpaths: readonly string[];
  /** In the same order; of a symbolic link, those of the file it leads to. */
  readonly stamps: StampList;
  /** Positions of the files that are symbolic links. */
  readonly links: ReadonlySet<number>;
  /** Links that lead nowhere, and what vanished meanwhile; only of a walk that is not strict. */
  readonly dangling: readonly string[];
}

/** Options of {@link walkFolder}. */
export interface WalkOptions extends VisitOptions {
  /** How many files there may be: threads help to look at very many. Default: few. */
  readonly expectedFiles?: number | undefined;
}

/**
 * Lists the files of a folder as DVC records them, and looks at each once. Synchronous: for this much of small work
 * that is several times faster than anything that waits.
 *
 * @throws {@link UnsupportedEntryError} as `scanFolder` does.
 */
export function walkFolder(folder: string, options: WalkOptions = {}): FileList {
  const helpers = new LookHelpers(options.expectedFiles ?? 0);
  try {
    const found: string[] = [];
    const foundLinks = new Set<number>();
    visitFolder(folder, options, (relpath, _path, isLink) => {
      if (isLink) foundLinks.add(found.length);
      found.push(relpath);
    });
    return chooseFiles(folder, found, foundLinks, helpers.lookAtAll(folder, found), options);
  } finally {
    helpers.close();
  }
}

/** Keeps what is a file: a link to a folder is not followed. */
function chooseFiles(
  folder: string,
  found: readonly string[],
  foundLinks: ReadonlySet<number>,
  { words, kinds }: LookMemory,
  options: WalkOptions,
): FileList {
  const indexes: number[] = [];
  const links = new Set<number>();
  const dangling: string[] = [];
  for (const [index, relpath] of found.entries()) {
    if (kinds[index] === LOOK_KINDS.gone) {
      if (foundLinks.has(index) && options.isStrict !== false) throw danglingLink(`${folder}/${relpath}`);
      dangling.push(relpath);
    }
    if (kinds[index] !== LOOK_KINDS.file) continue;
    if (foundLinks.has(index)) links.add(indexes.length);
    indexes.push(index);
  }
  const relpaths = indexes.length === found.length ? found : indexes.map((index) => found[index] ?? "");
  return { relpaths, stamps: StampList.copyOf(words, indexes), links, dangling };
}
