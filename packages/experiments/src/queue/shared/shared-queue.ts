import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireFolderLock, FolderInUseError, type FolderLock, isErrno, replaceFileSync } from "@waymark/files";
import {
  fetchObjects,
  type GitRef,
  listRefsSync,
  listRemoteRefs,
  pushRefs,
  readObjectFacts,
  RefChangedError,
  type RefUpdate,
  type RemoteRefUpdate,
  RemoteRefGoneError,
  remoteUrl,
  updateRefs,
  withoutPasswords,
} from "@waymark/git";
import type { Project } from "../../project.ts";
import { QueueMovedError, QueueRefusedError, TaskNameTakenError } from "../errors.ts";
import { readTasks } from "../list-tasks.ts";
import { nameRef, parseTaskRef, QUEUE_REFS } from "../task-refs.ts";
import { landResults } from "./land-results.ts";
import { logsOfRemoved } from "./task-log.ts";

/** Setting of Git: the remote that the queue of this clone is shared through. */
export const QUEUE_REMOTE_SETTING = "waymark.queueremote";

/** Parts of the queue. */
type QueuePart = "waiting" | "active" | "done" | "names";

const PARTS: readonly QueuePart[] = ["waiting", "active", "done", "names"];
/** A remote that says nothing for so long is away. */
const PATIENCE_MS = 60_000;
const ATTEMPTS = 4;
const LOCK_POLL_MS = 25;

/** What was known of the remote when it was asked last. */
interface MirrorNote {
  readonly remote: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * The queue of a Git remote, which any number of clones work on. Refs of the queue here are a copy of those there:
 *
 * ```
 * refresh:   remote ──▶ here                       what others have done
 * transact:  remote ──▶ here, change here, push    all of it in one atomic push with a lease on every ref, or nothing
 * ```
 *
 * The remote decides which of two that want the same was first; what it refuses is taken back here. One process of a
 * clone does this at a time.
 */
export class SharedQueue {
  readonly remote: string;
  readonly #project: Project;

  private constructor(project: Project, remote: string) {
    this.#project = project;
    this.remote = remote;
  }

  /** @returns `undefined` for a queue that is this repository's alone. */
  static open(project: Project): SharedQueue | undefined {
    const remote = project.repo.config.get(QUEUE_REMOTE_SETTING);
    return remote === undefined || remote === "" ? undefined : new SharedQueue(project, remote);
  }

  /** Makes one of a remote that is not the one of the settings. */
  static at(project: Project, remote: string): SharedQueue {
    return new SharedQueue(project, remote);
  }

  /** When the remote was asked last, in milliseconds since the epoch; `undefined`: never. */
  get askedMs(): number | undefined {
    const note = this.#readNote();
    return note === undefined ? undefined : Date.parse(note.at);
  }

  /**
   * Brings what others have done: tasks, and experiments of those that are over.
   *
   * @param parts - Default: all.
   * @throws `GitRemoteError` when the remote cannot be reached.
   */
  async refresh(parts: readonly QueuePart[] = PARTS, signal?: AbortSignal): Promise<void> {
    await this.#locked(async () => this.#bring(parts, signal), signal);
  }

  /**
   * Changes the queue: brings it, lets `action` change refs of it here, and pushes what has changed.
   *
   * @param also - Refs that are to change with it, by the answer of the action: all of it, or nothing.
   * @throws {@link QueueMovedError} when somebody else was first, and whatever `action` throws: nothing has changed then, here
   *   or there. `GitRemoteError`: what became of it is known when the remote is back.
   */
  async transact<Answer>(
    action: () => Answer,
    also: (answer: Answer) => readonly RemoteRefUpdate[] = () => [],
    signal?: AbortSignal,
  ): Promise<Answer> {
    return this.#locked(async () => {
      await this.#bring(PARTS, signal);
      const before = this.#list(PARTS);
      const [answer, changes] = this.#attempt(before, action);
      const removed = await logsOfRemoved(this.#project.repo, this.remote, changes, this.access(signal));
      const updates = [...changes, ...also(answer), ...removed];
      if (updates.length === 0) return answer;
      try {
        await this.#push(updates, signal);
      } catch (error) {
        this.#takeBack(changes);
        throw error;
      }
      return answer;
    }, signal);
  }

  /**
   * Puts tasks that only this clone has to the remote; those of the remote come here. A task that the remote knows, wherever
   * it is there, is what the remote says: had it waited here all the time, it would run a second time.
   *
   * @throws {@link TaskNameTakenError} when a task of the remote has the name of one that waits here.
   */
  async adopt(signal?: AbortSignal): Promise<number> {
    return this.#locked(async () => {
      const { repo } = this.#project;
      const there = await this.#listRemote(PARTS, signal);
      const ids = new Set(there.map(({ name }) => parseTaskRef(name)?.id));
      const names = new Set(there.map(({ name }) => name));
      const own = this.#list(["waiting", "active", "done"]).filter(({ name }) => !ids.has(parseTaskRef(name)?.id));
      const wanted = new Set<string>();
      for (const { place, spec } of readTasks(repo, own)) {
        if (place === "done") continue;
        const name = nameRef(spec.baseline, spec.name);
        if (names.has(name)) throw new TaskNameTakenError(spec.name, "task");
        wanted.add(name);
      }
      const kept = this.#list(["names"]).filter(({ name }) => wanted.has(name));
      const updates = [...own, ...kept].map(({ name, id }): RemoteRefUpdate => ({ ref: name, newId: id, oldId: null }));
      if (updates.length > 0) await this.#push(updates, signal);
      this.#writeNote();
      await this.#bring(PARTS, signal);
      return own.filter(({ name }) => parseTaskRef(name) !== undefined).length;
    }, signal);
  }

  /** Takes the copy away; the tasks are at the remote. */
  async forget(): Promise<void> {
    await this.#locked(async () => {
      const updates = this.#list(PARTS).map(({ name, id }): RefUpdate => ({ ref: name, newId: null, oldId: id }));
      updateRefs(this.#project.repo, updates);
    });
  }

  async #bring(parts: readonly QueuePart[], signal: AbortSignal | undefined): Promise<void> {
    const { repo } = this.#project;
    for (let attempt = 1; ; attempt += 1) {
      const before = new Map(this.#list(parts).map(({ name, id }) => [name, id]));
      const there = await this.#listRemote(parts, signal);
      const fresh = there.filter(({ name, id }) => before.get(name) !== id);
      try {
        await this.#fetch(fresh, signal);
        // First: cut short after it, it is done once more; cut short before it, it would never be.
        await landResults(this.#project, this.remote, fresh, this.access(signal));
        const names = new Set(there.map(({ name }) => name));
        updateRefs(
          repo,
          [
            ...fresh.map(({ name, id }): RefUpdate => ({ ref: name, newId: id, oldId: before.get(name) ?? null })),
            ...[...before].flatMap(([ref, id]): readonly RefUpdate[] =>
              names.has(ref) ? [] : [{ ref, newId: null, oldId: id }],
            ),
          ],
          // It can be had again.
          { durable: false },
        );
        if (parts.length === PARTS.length) this.#writeNote();
        return;
      } catch (error) {
        const hasMoved = error instanceof RemoteRefGoneError || error instanceof RefChangedError;
        if (!hasMoved || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #listRemote(parts: readonly QueuePart[], signal: AbortSignal | undefined): Promise<readonly GitRef[]> {
    const { repo } = this.#project;
    const prefixes = parts.map((part) => `${QUEUE_REFS}/${part}`);
    const refs = await listRemoteRefs(repo, this.remote, prefixes, this.access(signal));
    return refs.filter(({ name }) => name.startsWith(`${QUEUE_REFS}/names/`) || parseTaskRef(name) !== undefined);
  }

  async #fetch(refs: readonly GitRef[], signal: AbortSignal | undefined): Promise<void> {
    const { repo } = this.#project;
    const ids = [...new Set(refs.map(({ id }) => id))];
    const facts = await readObjectFacts(repo, ids);
    const missing = ids.filter((_, at) => facts[at] === undefined);
    await fetchObjects(repo, this.remote, missing, this.access(signal));
  }

  /** Lets something change refs of the queue here. @returns What it has changed; nothing stays changed when it throws. */
  #attempt<Answer>(before: readonly GitRef[], action: () => Answer): readonly [Answer, readonly RemoteRefUpdate[]] {
    try {
      const answer = action();
      return [answer, differences(before, this.#list(PARTS))];
    } catch (error) {
      this.#takeBack(differences(before, this.#list(PARTS)));
      throw error;
    }
  }

  async #push(updates: readonly RemoteRefUpdate[], signal: AbortSignal | undefined): Promise<void> {
    const { repo } = this.#project;
    const answers = await pushRefs(repo, this.remote, updates, { ...this.access(signal), isAtomic: true });
    const moved = updates.find(({ ref }) => answers.get(ref)?.kind === "moved");
    if (moved !== undefined) throw new QueueMovedError(moved.ref);
    for (const { ref } of updates) {
      const answer = answers.get(ref);
      if (answer?.kind !== "refused") continue;
      throw new QueueRefusedError(withoutPasswords(this.remote), answer.reason);
    }
  }

  #takeBack(changes: readonly RemoteRefUpdate[]): void {
    try {
      updateRefs(
        this.#project.repo,
        changes.map(({ ref, newId, oldId }): RefUpdate => ({ ref, newId: oldId, oldId: newId })),
        { durable: false },
      );
    } catch (error) {
      // The next look at the remote puts it right.
      if (!(error instanceof RefChangedError)) throw error;
    }
  }

  #list(parts: readonly QueuePart[]): readonly GitRef[] {
    return listRefsSync(
      this.#project.repo,
      parts.map((part) => `${QUEUE_REFS}/${part}`),
    );
  }

  /** One process of the clone at a time: a copy that is brought meanwhile would undo what is about to be pushed. */
  async #locked<Answer>(work: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    const folder = this.#folder();
    mkdirSync(folder, { recursive: true });
    let lock: FolderLock | undefined;
    while (lock === undefined) {
      try {
        lock = acquireFolderLock(folder);
      } catch (error) {
        if (!(error instanceof FolderInUseError)) throw error;
        await sleep(LOCK_POLL_MS * (1 + Math.random()), undefined, signal === undefined ? {} : { signal });
      }
    }
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  /** How to talk to the remote: not for ever. */
  access(signal?: AbortSignal): { readonly signal: AbortSignal } {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    return { signal: signal === undefined ? patience : AbortSignal.any([signal, patience]) };
  }

  /** Of all work trees of the repository: its refs are, too. */
  #folder(): string {
    return join(this.#project.repo.commonDir, "waymark", "queue");
  }

  #readNote(): MirrorNote | undefined {
    try {
      const note: unknown = JSON.parse(readFileSync(join(this.#folder(), "mirror.json"), "utf8"));
      return isNote(note) && note.remote === this.#identity() ? note : undefined;
    } catch (error) {
      if (isErrno(error, "ENOENT") || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #writeNote(): void {
    const note: MirrorNote = { remote: this.#identity(), at: new Date().toISOString() };
    replaceFileSync(join(this.#folder(), "mirror.json"), `${JSON.stringify(note)}\n`);
  }

  /** A remote that leads elsewhere now is another one. */
  #identity(): string {
    return withoutPasswords(remoteUrl(this.#project.repo, this.remote));
  }
}

function isNote(value: unknown): value is MirrorNote {
  return (
    typeof value === "object" &&
    value !== null &&
    "remote" in value &&
    typeof value.remote === "string" &&
    "at" in value &&
    typeof value.at === "string"
  );
}

function differences(before: readonly GitRef[], after: readonly GitRef[]): readonly RemoteRefUpdate[] {
  const old = new Map(before.map(({ name, id }) => [name, id]));
  const now = new Map(after.map(({ name, id }) => [name, id]));
  return [
    ...after.flatMap(({ name, id }): readonly RemoteRefUpdate[] =>
      old.get(name) === id ? [] : [{ ref: name, newId: id, oldId: old.get(name) ?? null }],
    ),
    ...before.flatMap(({ name, id }): readonly RemoteRefUpdate[] =>
      now.has(name) ? [] : [{ ref: name, newId: null, oldId: id }],
    ),
  ];
}
