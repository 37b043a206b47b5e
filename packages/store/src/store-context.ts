import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, removeOldFiles, removeOldTemporaryFiles } from "./cache-layout.ts";
import type { LinkType } from "./config/dvc-config.ts";
import type { ContentCache } from "./content-cache.ts";
import { findLinkSupport } from "./link-support.ts";
import { StateDatabase } from "./state/state-database.ts";
import type { CacheSettings } from "./work/object-files.ts";
import { WorkPool } from "./work/work-pool.ts";

/** So few that each can be flushed by itself; more are flushed together. */
const DURABLE_FILES = 32;
const DURABLE_BYTES = 256 * 1024 * 1024;
/** A change this long after another has another time stamp, on every file system that counts finely. */
const TICK_MS = 25;

/** What the parts of a data store share. */
export class StoreContext {
  readonly cache: ContentCache;
  readonly state: StateDatabase;
  readonly pool: WorkPool;
  readonly projectRoot: string;
  readonly #scratchFolder: string;
  #linkTypes: readonly LinkType[] | undefined;
  #isClean = false;

  constructor(dvcDir: string, cache: ContentCache, threads: number | undefined, sharedDvcDir?: string) {
    this.cache = cache;
    this.projectRoot = dirname(dvcDir);
    this.#scratchFolder = join(dvcDir, "tmp", "waymark", "scratch");
    this.state = new StateDatabase(dvcDir, sharedDvcDir);
    this.pool = new WorkPool(threads);
  }

  /** The configured ways to share bytes that work between this cache and this project; found out by trying, once. */
  get linkTypes(): readonly LinkType[] {
    this.#linkTypes ??= this.#usable(this.cache.config.linkTypes);
    return this.#linkTypes;
  }

  /** Gives threads what they need to know to write; of little work they flush each file, of much the caller flushes all. */
  settings(work: { readonly files: number; readonly bytes: number }, linkTypes?: readonly LinkType[]): CacheSettings {
    const { cacheDir, config } = this.cache;
    mkdirSync(this.#scratchFolder, { recursive: true });
    this.#clean();
    return {
      cacheDir,
      isShared: config.isShared,
      isDurable: work.files <= DURABLE_FILES && work.bytes <= DURABLE_BYTES,
      linkTypes: linkTypes === undefined ? this.linkTypes : this.#usable(linkTypes),
      scratch: { folder: this.#scratchFolder, dev: statSync(this.#scratchFolder).dev },
      provenObjects: this.state.provenObjects,
    };
  }

  #clean(): void {
    if (this.#isClean) return;
    this.#isClean = true;
    removeOldTemporaryFiles(this.cache.cacheDir);
    removeOldFiles(this.#scratchFolder);
  }

  #usable(types: readonly LinkType[]): readonly LinkType[] {
    if (types[0] === "copy") return ["copy"];
    makeFolder(this.cache.cacheDir, this.cache.config.isShared);
    const supported = findLinkSupport(this.cache.cacheDir, this.projectRoot);
    const usable = types.filter((type) => type === "copy" || supported.includes(type));
    return usable.length > 0 ? usable : ["copy"];
  }
}

/** Waits until a change of a file would give it other times than it has now. */
export async function waitForTick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
