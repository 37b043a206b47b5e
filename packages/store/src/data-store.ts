import { isAbsolute, resolve } from "node:path";
import { addContent, type AddOptions } from "./add-content.ts";
import type { CheckoutTarget } from "./checkout.ts";
import {
  applyCheckout,
  checkoutContent,
  planCheckout,
  type ApplyCheckoutOptions,
  type CheckoutContentOptions,
  type CheckoutReport,
  type PlanCheckoutOptions,
} from "./checkout-content.ts";
import type { TargetPlan } from "./checkout-plan.ts";
import type { DvcConfig } from "./config/dvc-config.ts";
import { ContentCache } from "./content-cache.ts";
import { hashContent, type HashedContent, type HashOptions } from "./hash-content.ts";
import { isComplete } from "./is-complete.ts";
import { migrateCache, type MigrateReport } from "./migrate-cache.ts";
import { SHARED_STATE_VARIABLE } from "./state/state-database.ts";
import { StoreContext } from "./store-context.ts";
import { unprotectSync } from "./unprotect.ts";
import type { JobOptions } from "./work/run-job.ts";

/** Options of {@link DataStore.open}. */
export interface OpenStoreOptions {
  /** Variables that move DVC's configuration. Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** A cache that is open already. Default: the project's, opened anew. */
  readonly cache?: ContentCache;
}

/**
 * The data of a project: hashes, adds and checks out files and folders of any size, on all cores, without reading
 * again what did not change.
 *
 * What it learns is kept in `.dvc/tmp/waymark/state`, which may be removed at any time. Two processes may use one
 * project at once. Its threads start with the first work that is worth them, and never keep the process from ending.
 */
export class DataStore {
  readonly cache: ContentCache;
  readonly config: DvcConfig;
  readonly #context: StoreContext;

  private constructor(dvcDir: string, cache: ContentCache, sharedDvcDir: string | undefined) {
    this.cache = cache;
    this.config = cache.config;
    const jobs = cache.config.merged.text("core", "checksum_jobs");
    const threads = jobs === undefined ? undefined : Number(jobs);
    this.#context = new StoreContext(dvcDir, cache, threads, sharedDvcDir);
  }

  /**
   * Opens the store of a project; nothing is written before there is something to remember.
   *
   * @param dvcDir - The project's `.dvc` folder.
   * @throws `CacheConfigError`
   */
  static open(dvcDir: string, options: OpenStoreOptions = {}): DataStore {
    const folder = resolve(dvcDir);
    const cache = options.cache ?? ContentCache.open(folder, options.env === undefined ? {} : { env: options.env });
    return new DataStore(folder, cache, readSharedDvcDir(options.env ?? process.env));
  }

  /**
   * Hashes a file or folder as it is now; the cache stays as it is.
   *
   * @throws `MissingSourceError`, `FileChangedError` when it goes on changing, `UnsupportedEntryError`, system errors.
   */
  async hash(path: string, options: HashOptions = {}): Promise<HashedContent> {
    return await hashContent(this.#context, resolve(path), options);
  }

  /**
   * Puts a file or folder into the cache and lets it share its bytes with it as configured.
   *
   * @throws As {@link DataStore.hash}; the cache never holds an object whose bytes do not match its name.
   */
  async add(path: string, options: AddOptions = {}): Promise<HashedContent> {
    return await addContent(this.#context, resolve(path), options);
  }

  /**
   * Tells whether the cache holds content, by name alone: of a folder its manifest and every file. Of large folders it
   * remembers so, and looks again only when the cache changed.
   *
   * @throws `CorruptObjectError` for a damaged manifest.
   */
  isComplete(md5: string): boolean {
    return isComplete(this.#context, md5);
  }

  /**
   * Makes files and folders of the work tree what was recorded. Nothing is lost unasked: see
   * {@link CheckoutReport.unsaved}.
   *
   * @throws `CorruptObjectsError` for damaged objects, after everything else was done; `CorruptObjectError` for a
   *   damaged manifest and `PathEscapesError`, before anything was.
   */
  async checkout(targets: readonly CheckoutTarget[], options: CheckoutContentOptions = {}): Promise<CheckoutReport> {
    return await checkoutContent(this.#context, targets, options);
  }

  /**
   * Says what {@link DataStore.checkout} would do, and changes nothing.
   *
   * @throws `CorruptObjectError` for a damaged manifest, `PathEscapesError`.
   */
  async planCheckout(
    targets: readonly CheckoutTarget[],
    options: PlanCheckoutOptions = {},
  ): Promise<readonly TargetPlan[]> {
    return await planCheckout(this.#context, targets, options);
  }

  /**
   * Does what {@link DataStore.planCheckout} said, also where content is lost; missing objects are left out.
   *
   * @throws `CorruptObjectsError` for damaged objects, after everything else was done.
   */
  async applyCheckout(plans: readonly TargetPlan[], options: ApplyCheckoutOptions = {}): Promise<void> {
    await applyCheckout(this.#context, plans, options);
  }

  /**
   * Makes a file or a folder's files safe to change: see {@link unprotectSync}.
   *
   * @returns How many files were changed.
   */
  unprotect(path: string): number {
    return unprotectSync(resolve(path));
  }

  /** Gives the objects of DVC 2 their place and name of DVC 3: see {@link migrateCache}. */
  async migrate(options: JobOptions & { readonly isDryRun?: boolean } = {}): Promise<MigrateReport> {
    return await migrateCache(this.#context, options);
  }

  /** Writes what was learned and ends the threads. */
  async close(): Promise<void> {
    this.#context.state.flush();
    await this.#context.pool.close();
  }
}

function readSharedDvcDir(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env[SHARED_STATE_VARIABLE];
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}
