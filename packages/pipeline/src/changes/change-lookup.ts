import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CorruptObjectError,
  type DataProgress,
  formatDirectory,
  hashBytes,
  ObjectNotCachedError,
} from "@waymark/store";
import { readDatasets, type Dataset } from "./datasets.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { readParamsFile } from "./param-changes.ts";
import type { StageDependency, TrackedEntry } from "../project/project.ts";
import { isPythonEqual } from "../values/python-equal.ts";
import type { RevisionSource } from "../project/revision-source.ts";
import { absolutePath, kindAt } from "../repro/stage-content.ts";
import { isMapping, type Mapping } from "../values/values.ts";
import { hashContent } from "../data/workspace-contents.ts";
import { WorkspaceSource } from "../project/workspace-source.ts";

/** How {@link ChangeLookup} looks. */
export interface ChangeLookupOptions {
  /**
   * Asks for the hash of what lies at a URL, as it would be recorded; `undefined` when nothing is there. Default: the
   * server is asked, and where only a download would tell, what is recorded counts.
   */
  readonly hashUrl?: ((url: string, recorded: Mapping | undefined) => Promise<string | undefined>) | undefined;
  /** Ends the work between two files. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far hashing has come. Default: nobody does. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
}

/** Looks at files, the cache and sources, each thing once however many stages ask. */
export class ChangeLookup {
  readonly #project: DvcProject;
  readonly #source: RevisionSource;
  readonly #options: ChangeLookupOptions;
  readonly #hashes = new Map<string, Promise<string | undefined>>();
  readonly #params = new Map<string, Promise<Mapping | undefined>>();
  #datasets: Promise<ReadonlyMap<string, Dataset>> | undefined;

  constructor(project: DvcProject, options: ChangeLookupOptions = {}) {
    this.#project = project;
    this.#source = new WorkspaceSource(project.repo, project.root);
    this.#options = options;
  }

  /** Compares what is at a path, or at a URL, with what is recorded of it. */
  async contentWord(entry: TrackedEntry): Promise<"deleted" | "modified" | undefined> {
    const actual = await (entry.path.includes("://")
      ? this.#hashUrl(entry)
      : this.#hashPath(entry.path, entry.isLegacy));
    if (actual === undefined) return "deleted";
    return actual === recordedContentHash(entry) ? undefined : "modified";
  }

  /** Tells whether objects of recorded content are not in the cache: of a folder its manifest, or any of its files. */
  isMissingInCache(entry: TrackedEntry): boolean {
    const hash = recordedContentHash(entry);
    if (hash === undefined || entry.path.includes("://")) return false;
    const { cache, store } = this.#project;
    if (entry.isLegacy && !existsSync(legacyPath(cache.cacheDir, hash))) return true;
    try {
      return !store.isComplete(hash);
    } catch (error) {
      if (error instanceof CorruptObjectError || error instanceof ObjectNotCachedError) return true;
      throw error;
    }
  }

  /** Reads a params file; `undefined` when it is missing. */
  paramsFile(path: string): Promise<Mapping | undefined> {
    return once(this.#params, path, () => readParamsFile(this.#source, path));
  }

  /** Tells whether the source of an import from a repository has something newer. */
  async hasUpdate(dep: StageDependency): Promise<boolean> {
    const repo = dep.recorded?.["repo"];
    if (!isMapping(repo)) return false;
    const { hasMovedOn } = await import("./source-changes.ts");
    return hasMovedOn(this.#project, repo);
  }

  /** Compares a data set that is named `ds://…` with what dvc.lock says of it now. */
  async datasetWord(dep: StageDependency): Promise<"not in sync" | "new" | "modified" | undefined> {
    this.#datasets ??= readDatasets(this.#source);
    const lock = (await this.#datasets).get(dep.text.slice("ds://".length).replace(/\/.*$/, ""))?.lock;
    if (lock === undefined) return "not in sync";
    const recorded = dep.recorded?.["dataset"];
    if (!isMapping(recorded)) return "new";
    return isPythonEqual(lock, recorded) ? undefined : "modified";
  }

  #hashPath(path: string, isLegacy: boolean): Promise<string | undefined> {
    const absolute = absolutePath(this.#project, path);
    return once(this.#hashes, `${isLegacy} ${absolute}`, async () => {
      const kind = kindAt(absolute);
      if (kind !== "file" && kind !== "folder") return undefined;
      return (await hashContent(this.#project, absolute, isLegacy, this.#options)).md5;
    });
  }

  #hashUrl({ path, recorded, hash }: TrackedEntry): Promise<string | undefined> {
    return once(this.#hashes, path, async () => {
      if (this.#options.hashUrl !== undefined) return this.#options.hashUrl(path, recorded);
      const { askUrl } = await import("./source-changes.ts");
      const answer = await askUrl(this.#project, path);
      return answer.isThere ? (answer.hash ?? hash ?? "") : undefined;
    });
  }
}

/** The recorded hash; for what lists its files with versions in a cloud, that of the folder they make. */
export function recordedContentHash(entry: TrackedEntry): string | undefined {
  // A checksum of another kind than ours is kept as it is.
  if (entry.hash !== null) return entry.recorded?.["md5"] === undefined ? entry.hash : entry.hash.toLowerCase();
  const files = entry.recorded?.["files"];
  if (!Array.isArray(files)) return undefined;
  const entries = (files as readonly unknown[]).flatMap((file) => {
    if (!isMapping(file)) return [];
    const { relpath, md5 } = file;
    return typeof relpath === "string" && typeof md5 === "string" ? [{ relpath, md5 }] : [];
  });
  return `${hashBytes(formatDirectory(entries)).md5}.dir`;
}

/** DVC 2 kept its objects directly in the cache, and looks for what it recorded nowhere else. */
function legacyPath(cacheDir: string, hash: string): string {
  return join(cacheDir, hash.slice(0, 2), hash.slice(2));
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
