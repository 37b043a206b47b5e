import { objectFolder, objectNameAt, remoteObjectPath, type HasOptions, type RemoteLayout } from "./object-remote.ts";
import type { RemoteStorage } from "./remote-storage.ts";
import { defaultJobs, forEachLimited } from "./transfer/limits.ts";

/** Below this, asking for each name is never slower than finding out how large the remote is. */
const FEW_NAMES = 16;
/** A listing answers with up to this many names. */
const PAGE_NAMES = 1000;
/** What a page of a listing costs, in requests for single names: they go in parallel, pages one after the other. */
const PAGE_WEIGHT = 5;

/**
 * Finds which objects are there, by listing or one by one, whichever takes fewer requests.
 */
export async function findPresent(
  storage: RemoteStorage,
  layout: RemoteLayout,
  names: ReadonlySet<string>,
  options: HasOptions,
): Promise<Set<string>> {
  const { signal, jobs = defaultJobs() } = options;
  const present = new Set<string>();
  const groups = groupByPrefix(names);

  const askEach = async (group: Iterable<string>): Promise<void> =>
    forEachLimited(
      group,
      jobs,
      async (name) => {
        const found = await storage.stat(remoteObjectPath(name, layout), signal);
        if (found !== undefined && !found.isFolder) present.add(name);
      },
      signal,
    );
  const keep = (path: string): void => {
    const name = objectNameAt(path, layout);
    if (name !== undefined && names.has(name)) present.add(name);
  };

  if (storage.listing === "none" || names.size <= FEW_NAMES) {
    await askEach(names);
  } else if (storage.listing === "folders") {
    const single = [...groups.values()].filter((group) => group.length === 1).flat();
    const folders = [...groups].filter(([, group]) => group.length > 1).map(([prefix]) => prefix);
    await askEach(single);
    await forEachLimited(
      folders,
      jobs,
      async (prefix) => {
        const files = await storage.listFolder(objectFolder(layout, prefix), signal);
        for (const file of files) if (!file.isFolder) keep(file.path);
      },
      signal,
    );
  } else if (!(await keepFromOnePage(storage, layout, keep, signal))) {
    const isListing = await isListingCheaper(storage, layout, names.size, groups.size, signal);
    if (!isListing) await askEach(names);
    else {
      await forEachLimited(
        groups.keys(),
        jobs,
        async (prefix) => {
          for await (const { path } of storage.walk(objectFolder(layout, prefix), signal)) keep(path);
        },
        signal,
      );
    }
  }
  return present;
}

/**
 * Looks at all objects of a remote that has few of them; false when there may be more than a page of them. A remote that is
 * new, as many are that something is pushed to, is known after one request.
 */
async function keepFromOnePage(
  storage: RemoteStorage,
  layout: RemoteLayout,
  keep: (path: string) => void,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  // What DVC 2 left lies in the root, among everything else.
  if (layout === "legacy") return false;
  let seen = 0;
  for await (const { path } of storage.walk("files/md5", signal)) {
    keep(path);
    seen += 1;
    if (seen === PAGE_NAMES) return false;
  }
  return true;
}

function groupByPrefix(names: ReadonlySet<string>): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = groups.get(name.slice(0, 2));
    if (group === undefined) groups.set(name.slice(0, 2), [name]);
    else group.push(name);
  }
  return groups;
}

/** Counts the objects of one folder of 256: names are hashes, so every other holds about as many. */
async function isListingCheaper(
  storage: RemoteStorage,
  layout: RemoteLayout,
  names: number,
  folders: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let inFolder = 0;
  for await (const file of storage.walk(objectFolder(layout, "00"), signal)) {
    inFolder += file.isFolder ? 0 : 1;
    const pages = folders * Math.ceil(inFolder / PAGE_NAMES);
    // No need to count on once listing has lost.
    if (pages * PAGE_WEIGHT > names && inFolder > PAGE_NAMES) return false;
  }
  return folders * Math.max(1, Math.ceil(inFolder / PAGE_NAMES)) <= names;
}
