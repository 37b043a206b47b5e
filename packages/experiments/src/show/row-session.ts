import { join } from "node:path";
import { ObjectReader } from "@waymark/git";
import { RevisionReader } from "@waymark/pipeline/revisions";
import { type Project, stateFolder, toRepositoryPath } from "../project.ts";
import { openCache } from "../open-cache.ts";
import { RowCache } from "./row-cache.ts";
import { RowLoader } from "./row-loader.ts";

/** How {@link RowSession} reads. */
export interface RowSessionOptions {
  /** Reads every commit anew instead of remembering it. Default false. */
  readonly force?: boolean;
  /** Only params that stages depend on. Default false. */
  readonly paramDeps?: boolean;
}

/** What it takes to read commits as rows: one process for objects, and what is remembered of earlier readings. */
export class RowSession {
  readonly objects: ObjectReader;
  readonly revisions: RevisionReader;
  readonly loader: RowLoader;
  readonly #cache: RowCache;

  constructor(project: Project, options: RowSessionOptions = {}) {
    const { force = false, paramDeps = false } = options;
    this.objects = new ObjectReader(project.repo);
    this.revisions = new RevisionReader({ cache: openCache(project) });
    this.#cache = RowCache.open(join(stateFolder(project), "rows"));
    this.loader = new RowLoader({
      ...{ objects: this.objects, revisions: this.revisions, cache: this.#cache },
      prefix: toRepositoryPath(project.root, project.dvcRoot) ?? "",
      isForced: force,
      onlyStageParams: paramDeps,
    });
  }

  /** Ends the process, and remembers what was read. */
  async close(): Promise<void> {
    await this.objects.close();
    this.#cache.save();
  }
}
