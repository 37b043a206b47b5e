import { setTimeout as sleep } from "node:timers/promises";
import {
  areAncestors,
  fetchObjects,
  GitCommandError,
  listRemoteRefs,
  readRef,
  type RemoteRefUpdate,
  updateRefs,
} from "@waymark/git";
import { suggestFreeName } from "../../experiment-names.ts";
import { formatExperimentRef } from "../../experiment-ref.ts";
import type { Project } from "../../project.ts";
import { readRunRecord, runLogPath } from "../../run/run-record.ts";
import { bringData } from "../../share/bring-data.ts";
import { shareData } from "../../share/share-data.ts";
import { QueueMovedError } from "../errors.ts";
import type { HeldTask } from "../lease.ts";
import { listRanks } from "../ranks.ts";
import type { QueueTask, TaskExperiment, TaskResult } from "../task.ts";
import { taskRef } from "../task-refs.ts";
import { readTasks } from "../list-tasks.ts";
import type { SharedQueue } from "./shared-queue.ts";
import { keepAside } from "./keep-aside.ts";
import { LOG_REFS, logRef, storeLog } from "./task-log.ts";

/** Between two pieces of a log that travel. */
const LOG_INTERVAL_MS = 60_000;
/** Between two tries to say how a task ended, at first and at most. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const ATTEMPTS = 10;

/** Options of {@link SharedTask}. */
export interface SharedTaskOptions {
  readonly signal: AbortSignal;
  readonly onWarning: (text: string) => void;
}

/**
 * A task of a shared queue that this process carries out. What it makes goes to the remote with the lease that allows it,
 * in one push: whoever has lost the task can move nothing there any more.
 *
 * ```
 * claim ─▶ bring experiment and data ─▶ run ── renew: lease + newest checkpoint ──▶ settle: result + experiment
 * ```
 */
export class SharedTask {
  readonly #project: Project;
  readonly #queue: SharedQueue;
  readonly #held: HeldTask;
  readonly #options: SharedTaskOptions;
  /** What the remote has of the experiment, by the name of its ref; `null`: nothing. */
  readonly #there = new Map<string, string | null>();
  /** Newest commit whose data everybody can have. */
  #ready: TaskExperiment | undefined;
  #sending: Promise<void> | undefined;
  #log: string | null = null;
  #logSentMs = 0;
  #hasToldOfData = false;

  constructor(project: Project, queue: SharedQueue, held: HeldTask, options: SharedTaskOptions) {
    this.#project = project;
    this.#queue = queue;
    this.#held = held;
    this.#options = options;
  }

  /** Brings what the task begins with, or goes on from. */
  async begin(): Promise<void> {
    const { task } = this.#held;
    await this.#patiently(async () => {
      // Nobody has begun it before: there is no log.
      this.#log = task.attempts === 1 ? null : await this.#askForLog();
      if (task.experiment === undefined) return;
      const { repo } = this.#project;
      await fetchObjects(repo, this.#queue.remote, [task.experiment.commit], this.#queue.access(this.#options.signal));
      await this.#takeOver(task.spec.baseline, task.experiment);
    });
    const commits = [task.commit, ...(task.experiment === undefined ? [] : [task.experiment.commit])];
    await bringData(this.#project, commits, this.#options.signal);
  }

  /** Renews the lease, and sends the newest checkpoint with it. @returns Whether the task is still ours. */
  async renew(nowMs: number): Promise<boolean> {
    this.#sendDataLater();
    const withLog = nowMs - this.#logSentMs >= LOG_INTERVAL_MS;
    const { isOurs } = await this.#change(this.#ready, withLog ? "end" : "none", (made) =>
      this.#held.renew(nowMs, made),
    );
    if (isOurs && withLog) this.#logSentMs = nowMs;
    return isOurs;
  }

  /** Asks the remote whether the task is still ours, and for wishes. */
  async isHeld(): Promise<boolean> {
    await this.#queue.refresh(["active"], this.#options.signal);
    return this.#held.isHeld();
  }

  /**
   * Says how the task ended, for as long as it takes: the remote may be away.
   *
   * @returns What was said: the experiment may have another name now. `undefined`: somebody else has the task.
   */
  async settle(result: TaskResult): Promise<TaskResult | undefined> {
    await this.#sending;
    const { commit } = result;
    if (commit !== null) await this.#sendData({ name: result.name, commit });
    const experiment = commit === null ? this.#ready : { name: result.name, commit };
    const isNamed = commit !== null;
    return this.#patiently(async () => {
      const { isOurs, made } = await this.#change(experiment, "all", (content) =>
        this.#held.settle(isNamed ? { ...result, name: content.experiment?.name ?? result.name } : result, content),
      );
      const name = isNamed ? (made.experiment?.name ?? result.name) : result.name;
      return isOurs || this.#isSaid(result) ? { ...result, name } : undefined;
    });
  }

  /** Gives the task back, in front of all that wait. @returns Whether it was still ours. */
  async giveBack(): Promise<boolean> {
    const { repo } = this.#project;
    await this.#sending;
    const newest = this.#newest();
    if (newest !== undefined) await this.#offer(newest);
    return this.#patiently(async () => {
      const { isOurs } = await this.#change(this.#ready, "all", (made) => {
        const first = listRanks(repo)[0]?.rank ?? Date.now() * 1000;
        return this.#held.giveBack(Math.max(0, first - 1), made);
      });
      return isOurs;
    });
  }

  /** Moves the task and what belongs to it: together, or not at all. */
  async #change(
    experiment: TaskExperiment | undefined,
    log: "none" | "end" | "all",
    act: (made: MadeSoFar) => boolean,
  ): Promise<{ readonly isOurs: boolean; readonly made: MadeSoFar }> {
    for (let attempt = 1; ; attempt += 1) {
      const made = await this.#madeSoFar(experiment);
      const updates = [...made.updates, ...(log === "none" ? [] : this.#logUpdate(log === "all"))];
      const before = this.#held.task;
      try {
        const isOurs = await this.#queue.transact(
          () => act(made.content),
          (isStillOurs) => (isStillOurs ? updates : []),
        );
        if (isOurs) this.#note(updates);
        return { isOurs, made: made.content };
      } catch (error) {
        this.#held.restore(before);
        if (!(error instanceof QueueMovedError) || attempt === ATTEMPTS) throw error;
        // What the remote had of the experiment or the log is something else by now.
        this.#there.clear();
        this.#log = await this.#askForLog();
      }
    }
  }

  /** Tries until the remote answers, or the task cannot be ours any more. */
  async #patiently<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        const mayPass = error instanceof GitCommandError || (error instanceof Error && error.name === "TimeoutError");
        if (!mayPass) throw error;
        this.#options.onWarning(`${this.#held.task.spec.name}: ${error.message} What it has made is kept here.`);
        await sleep(pauseMs);
      }
    }
  }

  /** Tells whether a push whose answer got lost has said it. */
  #isSaid({ endedAt }: TaskResult): boolean {
    const { repo } = this.#project;
    const ref = taskRef("done", this.#held.task.id);
    const commit = readRef(repo, ref);
    const [task] = commit === undefined ? [] : readTasks(repo, [{ name: ref, id: commit }]);
    return task?.result?.endedAt === endedAt;
  }

  /** What of the experiment goes with the next change of the task. */
  async #madeSoFar(experiment: TaskExperiment | undefined): Promise<Made> {
    const { spec } = this.#held.task;
    if (experiment === undefined) return NOTHING_MADE;
    const { commit } = experiment;
    let { name } = experiment;
    for (;;) {
      const ref = formatExperimentRef(spec.baseline, name);
      const there = await this.#askFor(ref);
      if (there === commit) return { content: { experiment: { name, commit } }, updates: [] };
      if (await this.#isOurs(ref, there, commit)) {
        return { content: { experiment: { name, commit } }, updates: [{ ref, newId: commit, oldId: there }] };
      }
      name = this.#rename(name, commit);
    }
  }

  /** Whether an experiment at the remote is the one this task makes, or one that it is to replace. */
  async #isOurs(ref: string, there: string | null, commit: string): Promise<boolean> {
    const { spec, experiment } = this.#held.task;
    if (there === null || spec.force) return true;
    if (experiment?.commit === there && formatExperimentRef(spec.baseline, experiment.name) === ref) return true;
    const question = { ancestor: there, descendant: commit, base: spec.baseline };
    return (await areAncestors(this.#project.repo, [question]))[0] === true;
  }

  #rename(name: string, commit: string): string {
    const { repo } = this.#project;
    const { baseline } = this.#held.task.spec;
    const free = suggestFreeName(repo, baseline, Math.random);
    updateRefs(repo, [
      { ref: formatExperimentRef(baseline, free), newId: commit, oldId: null },
      { ref: formatExperimentRef(baseline, name), newId: null, oldId: commit },
    ]);
    this.#options.onWarning(`${name}: the remote has another experiment of this name; this one is '${free}' now.`);
    return free;
  }

  async #askFor(ref: string): Promise<string | null> {
    const known = this.#there.get(ref);
    if (known !== undefined) return known;
    const folder = ref.slice(0, ref.lastIndexOf("/"));
    const refs = await listRemoteRefs(this.#project.repo, this.#queue.remote, [folder], this.#queue.access());
    const there = refs.find(({ name }) => name === ref)?.id ?? null;
    this.#there.set(ref, there);
    return there;
  }

  async #askForLog(): Promise<string | null> {
    const refs = await listRemoteRefs(this.#project.repo, this.#queue.remote, [LOG_REFS], this.#queue.access());
    return refs.find(({ name }) => name === logRef(this.#held.task.id))?.id ?? null;
  }

  #logUpdate(isOver: boolean): readonly RemoteRefUpdate[] {
    const { task } = this.#held;
    const newId = storeLog(this.#project.repo, runLogPath(this.#project, task.recordId), isOver);
    return newId === undefined || newId === this.#log ? [] : [{ ref: logRef(task.id), newId, oldId: this.#log }];
  }

  #note(updates: readonly RemoteRefUpdate[]): void {
    for (const { ref, newId } of updates) {
      if (ref === logRef(this.#held.task.id)) this.#log = newId;
      else this.#there.set(ref, newId);
    }
  }

  /** The newest commit that this run has made. */
  #newest(): TaskExperiment | undefined {
    const { recordId, spec } = this.#held.task;
    const record = readRunRecord(this.#project, recordId);
    if (record?.commit == null) return undefined;
    const { name, commit } = record;
    return readRef(this.#project.repo, formatExperimentRef(spec.baseline, name)) === commit
      ? { name, commit }
      : undefined;
  }

  #sendDataLater(): void {
    const newest = this.#newest();
    if (newest === undefined || newest.commit === this.#ready?.commit || this.#sending !== undefined) return;
    this.#sending = this.#offer(newest).finally(() => {
      this.#sending = undefined;
    });
  }

  /** A checkpoint whose data nobody can have is none for other hosts: they would go on from nothing. */
  async #offer(experiment: TaskExperiment): Promise<void> {
    if (await this.#sendData(experiment)) this.#ready = experiment;
  }

  /** @returns Whether everybody can have the data of a commit now. */
  async #sendData({ name, commit }: TaskExperiment): Promise<boolean> {
    const { baseline } = this.#held.task.spec;
    const ref = formatExperimentRef(baseline, name);
    let why: string | undefined;
    try {
      const sent = await shareData(this.#project, "push", [{ ref, name, baseline, tip: commit }], {});
      const { failed = [], missing = [] } = sent ?? {};
      if (failed.length + missing.length > 0) why = `${failed.length + missing.length} files did not get to the remote`;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (why !== undefined && !this.#hasToldOfData) {
      this.#options.onWarning(`${name}: its data stays on this host, where nobody else can have it: ${why}`);
      this.#hasToldOfData = true;
    }
    return why === undefined;
  }

  /** Makes the experiment that other hosts have made so far the one of this repository. */
  async #takeOver(baseline: string, { name, commit }: TaskExperiment): Promise<void> {
    const { repo } = this.#project;
    const ref = formatExperimentRef(baseline, name);
    this.#there.set(ref, commit);
    const here = readRef(repo, ref);
    if (here === commit) return;
    if (here === undefined) {
      updateRefs(repo, [{ ref, newId: commit, oldId: null }]);
      return;
    }
    const [isBehind, isAhead] = await areAncestors(repo, [
      { ancestor: here, descendant: commit, base: baseline },
      { ancestor: commit, descendant: here, base: baseline },
    ]);
    // Checkpoints of this host that it could not send any more.
    if (isAhead === true) return;
    if (isBehind === true) updateRefs(repo, [{ ref, newId: commit, oldId: here }]);
    else this.#options.onWarning(keepAside(repo, { baseline, name }, here, commit));
  }
}

type MadeSoFar = Pick<QueueTask, "experiment">;

interface Made {
  readonly content: MadeSoFar;
  readonly updates: readonly RemoteRefUpdate[];
}

const NOTHING_MADE: Made = { content: {}, updates: [] };
