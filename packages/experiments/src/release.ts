import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { runGitSync } from "@waymark/git";
import type { ContentCache } from "@waymark/store";
import { type Project, stateFolder } from "./project.ts";
import { openCache } from "./open-cache.ts";
import type { RunCommit } from "./run-chain.ts";

/** Dropped content is released in portions, because making sure that nothing needs it takes a look at everything. */
const PORTION_BYTES = 256 << 20;
const DAY_SECONDS = 24 * 3600;

/**
 * Gives back the space of checkpoints that a policy dropped, when nothing else can need it.
 *
 * An object goes only if this run put it into the cache, the cache is the repository's own, there is one worktree, no
 * checkpoint of the run needs it, no commit since the run began mentions it and no `.dvc` file of the workspace does. In
 * doubt it stays.
 */
export class ReleaseQueue {
  readonly #project: Project;
  readonly #record: string;
  readonly #created: Set<string>;
  readonly #pending = new Map<string, number>();
  readonly #sinceSeconds: number;

  /** @param runId - Names the record of what the run put into the cache, for when it is resumed. */
  constructor(project: Project, runId: string) {
    this.#project = project;
    this.#record = join(stateFolder(project), "objects", `${runId}.txt`);
    const { created, sinceSeconds } = readRecord(this.#record);
    this.#created = created;
    this.#sinceSeconds = sinceSeconds;
  }

  /** Remembers what a checkpoint put into the cache, before anything of it may be dropped. */
  remember(objects: readonly string[]): void {
    const added = objects.filter((object) => !this.#created.has(object));
    if (added.length === 0) return;
    mkdirSync(join(this.#record, ".."), { recursive: true });
    appendFileSync(this.#record, added.map((object) => `${object}\n`).join(""));
    for (const object of added) this.#created.add(object);
  }

  /** Takes up what dropped checkpoints leave, and releases it once there is enough of it. */
  add(dropped: readonly RunCommit[], needed: ReadonlySet<string>): void {
    for (const commit of dropped) {
      for (const object of commit.objects) {
        if (!needed.has(object) && this.#created.has(object)) this.#pending.set(object, this.#sizeOf(object));
      }
    }
    const total = [...this.#pending.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (total >= PORTION_BYTES) this.flush(needed);
  }

  /** Releases what nothing needs. */
  flush(needed: ReadonlySet<string>): void {
    const candidates = [...this.#pending.keys()].filter((object) => !needed.has(object));
    this.#pending.clear();
    if (candidates.length === 0 || !this.#isOwnCache() || this.#hasOtherWorktrees()) return;
    const used = this.#findUsed(candidates);
    const cache = openCache(this.#project);
    for (const object of candidates) if (!used.has(object)) rmSync(cache.objectPath(object), { force: true });
  }

  /** Ends the record of a run that is over. */
  close(): void {
    rmSync(this.#record, { force: true });
  }

  #sizeOf(object: string): number {
    return statSync(openCache(this.#project).objectPath(object), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** A cache outside of the project may be shared with other projects. */
  #isOwnCache(): boolean {
    const cache: ContentCache = openCache(this.#project);
    return cache.cacheDir === join(this.#project.dvcRoot, ".dvc", "cache") && !cache.config.isShared;
  }

  #hasOtherWorktrees(): boolean {
    const { gitDir, commonDir } = this.#project.repo;
    return gitDir !== commonDir || existsSync(join(commonDir, "worktrees"));
  }

  #findUsed(objects: readonly string[]): Set<string> {
    const used = new Set<string>();
    const texts = [this.#committedMentions(objects), ...this.#workspaceMentions(), ...this.#manifests(objects)];
    const plain = objects.map((object) => [object, object.slice(0, 32)] as const);
    for (const text of texts) for (const [object, hash] of plain) if (text.includes(hash)) used.add(object);
    // A folder that is needed needs its files.
    return [...used].some((object) => object.endsWith(".dir")) ? new Set(objects) : used;
  }

  /** Manifests of other folders in the cache: what they list is named nowhere else. */
  #manifests(objects: readonly string[]): string[] {
    const dropped = new Set(objects);
    const root = join(openCache(this.#project).cacheDir, "files", "md5");
    return listNames(root).flatMap((prefix) =>
      listNames(join(root, prefix))
        .filter((rest) => rest.endsWith(".dir") && !dropped.has(prefix + rest))
        .flatMap((rest) => readText(join(root, prefix, rest)) ?? []),
    );
  }

  /** Lines about these objects that commits since the run began have added, on any ref. */
  #committedMentions(objects: readonly string[]): string {
    const pattern = objects.map((object) => object.slice(0, 32)).join("|");
    const { stdout } = runGitSync(this.#project.repo, [
      ...[
        "log",
        "--all",
        "--reflog",
        `--since=@${this.#sinceSeconds - DAY_SECONDS}`,
        "--format=",
        "--unified=0",
        "-p",
        "-m",
      ],
      ...["--no-textconv", "--no-ext-diff", "--no-color", "--no-renames", "--full-history", "-E", `-G${pattern}`],
      ...["--", ":(glob)**/*.dvc", ":(glob)**/dvc.lock"],
    ]);
    return stdout
      .toString()
      .split("\n")
      .filter((line) => line.startsWith("+"))
      .join("\n");
  }

  #workspaceMentions(): string[] {
    const args = ["ls-files", "-z", "--cached", "--others", "--", ":(glob)**/*.dvc", ":(glob)**/dvc.lock"];
    const { stdout } = runGitSync(this.#project.repo, args);
    return stdout
      .toString()
      .split("\0")
      .flatMap((path) => (path === "" ? [] : (readText(join(this.#project.root, path)) ?? [])));
  }
}

function readRecord(path: string): { created: Set<string>; sinceSeconds: number } {
  try {
    const created = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return { created: new Set(created), sinceSeconds: Math.floor(statSync(path).birthtimeMs / 1000) };
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    return { created: new Set(), sinceSeconds: Math.floor(Date.now() / 1000) };
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
