import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { CorruptObjectError, formatDirectory, hashBytes, ObjectNotCachedError } from "@waymark/store";
import { contentHasher, type ContentHasher } from "./content-hasher.ts";
import type { DvcProject } from "./dvc-project.ts";
import { readParamsFile } from "./param-changes.ts";
import type { StageDependency, TrackedEntry } from "./project.ts";
import type { RevisionSource } from "./revision-source.ts";
import { isMapping, type Mapping } from "./values.ts";
import { WorkspaceSource } from "./workspace-source.ts";

/** Where {@link ChangeLookup} asks for what is not in the workspace. */
export interface ChangeLookupOptions {
  /**
   * Asks for the hash of what lies at a URL: the key it is recorded under (`etag`, `checksum`, `md5`) chooses which.
   * `undefined` answers that nothing is there. Default: a URL counts as it is recorded.
   */
  readonly hashUrl?: ((url: string, recorded: Mapping | undefined) => Promise<string | undefined>) | undefined;
  /** Tells whether the repository of an import has moved on. Default: it has not. */
  readonly hasUpdate?: ((repo: Mapping) => Promise<boolean>) | undefined;
  /** Hashes a file or folder. Default: through the store's state, so that what did not change is not read. */
  readonly hasher?: ContentHasher | undefined;
}

/** Looks at files, the cache and sources, each thing once however many stages ask. */
export class ChangeLookup {
  readonly #project: DvcProject;
  readonly #options: ChangeLookupOptions;
  readonly #hasher: ContentHasher;
  readonly #source: RevisionSource;
  readonly #hashes = new Map<string, Promise<string | undefined>>();
  readonly #params = new Map<string, Promise<Mapping | undefined>>();

  constructor(project: DvcProject, options: ChangeLookupOptions = {}) {
    this.#project = project;
    this.#options = options;
    this.#hasher = options.hasher ?? contentHasher(project);
    this.#source = new WorkspaceSource(project.repo, project.root);
  }

  /** Compares what is at a path, or at a URL, with what is recorded of it. */
  async contentWord(entry: TrackedEntry): Promise<"deleted" | "modified" | undefined> {
    const isUrl = entry.path.includes("://");
    // Whether a source still answers alike cannot be told without asking it.
    if (isUrl && this.#options.hashUrl === undefined && recordedContentHash(entry) !== undefined) return undefined;
    const actual = await (isUrl
      ? this.#once(entry.path, async () => this.#options.hashUrl?.(entry.path, entry.recorded))
      : this.#hashPath(entry.path, entry.isLegacy));
    if (actual === undefined) return "deleted";
    return actual === recordedContentHash(entry) ? undefined : "modified";
  }

  /** Tells whether objects of recorded content are not in the cache: of a folder its manifest, or any of its files. */
  async isMissingInCache(entry: TrackedEntry): Promise<boolean> {
    const hash = recordedContentHash(entry);
    if (hash === undefined || entry.path.includes("://")) return false;
    const { cache } = this.#project;
    if (entry.isLegacy && !existsSync(legacyPath(cache.cacheDir, hash))) return true;
    try {
      return cache.listMissing(hash).length > 0;
    } catch (error) {
      if (error instanceof CorruptObjectError || error instanceof ObjectNotCachedError) return true;
      throw error;
    }
  }

  /** Reads a params file; `undefined` when it is missing. */
  paramsFile(path: string): Promise<Mapping | undefined> {
    let values = this.#params.get(path);
    if (values === undefined) {
      values = readParamsFile(this.#source, path);
      this.#params.set(path, values);
    }
    return values;
  }

  /** Tells whether the source of an import from a repository has something newer. */
  async hasUpdate(dep: StageDependency): Promise<boolean> {
    const repo = dep.recorded?.["repo"];
    return isMapping(repo) && (await (this.#options.hasUpdate?.(repo) ?? false));
  }

  /** Compares a data set that is named `ds://…`. Nothing recorded means it is new to the stage. */
  datasetWord(dep: StageDependency): "new" | undefined {
    return isMapping(dep.recorded?.["dataset"]) ? undefined : "new";
  }

  #hashPath(path: string, isLegacy: boolean): Promise<string | undefined> {
    const absolute = isAbsolute(path) ? path : join(this.#project.root, path);
    return this.#once(`${isLegacy} ${absolute}`, () => this.#hasher(absolute, { isLegacy }));
  }

  #once(key: string, make: () => Promise<string | undefined>): Promise<string | undefined> {
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      hash = make();
      this.#hashes.set(key, hash);
    }
    return hash;
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
