import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { listFolder } from "../list-folder.ts";

/** A task of DVC's queue: an experiment that waits, runs, or has run. */
export interface DvcTask {
  /** `queued`: nobody took it. `taken`: a worker has it. `done`: there is a result, whatever it is. */
  readonly state: "queued" | "taken" | "done";
  /** Of the message, which names its result. */
  readonly id: string;
  /** Files of the task: its message, and its result when there is one. Absolute. */
  readonly messagePath: string;
  readonly resultPath: string | undefined;
  /** 40-hex id of the commit that describes the experiment. */
  readonly stashRev: string;
  /** 40-hex id. */
  readonly baseline: string;
  /** As DVC wrote it: older versions had none, or an empty one. */
  readonly name: string | null;
}

/** Other tasks of the same broker are none of the queue. */
const RUN_TASK = "dvc.repo.experiments.queue.tasks.run_exp";
/** The queue of tasks; others carry questions to workers, and their answers. */
const TASK_QUEUE = "celery";
/** What Celery calls over. */
const READY: ReadonlySet<unknown> = new Set(["SUCCESS", "FAILURE", "REVOKED"]);
/** A message is a few hundred bytes. */
const MAX_MESSAGES = 100_000;

/** Folder of DVC's queue. */
export function celeryFolder(dvcDir: string): string {
  return join(dvcDir, "tmp", "exps", "celery");
}

/**
 * Lists the tasks of DVC's queue, in the order in which its workers take them. Messages are JSON files and are read as
 * nothing else; one that makes no sense, or goes away meanwhile, is left out.
 *
 * @param dvcDir - The `.dvc` folder.
 * @see docs/formats.md#dvcs-queue
 */
export function listDvcTasks(dvcDir: string): readonly DvcTask[] {
  const celery = celeryFolder(dvcDir);
  // What a worker takes while this looks moves from the first folder to the second, and is seen at least once.
  const queued = readMessages(join(celery, "broker", "in"), () => ({ state: "queued", resultPath: undefined }));
  const taken = readMessages(join(celery, "broker", "processed"), (id) => {
    const resultPath = join(celery, "result", `celery-task-meta-${id}`);
    const isThere = existsSync(resultPath);
    return { state: isThere && isReady(resultPath) ? "done" : "taken", resultPath: isThere ? resultPath : undefined };
  });
  const ids = new Set(taken.map(({ id }) => id));
  return [...queued.filter(({ id }) => !ids.has(id)), ...taken];
}

function readMessages(
  folder: string,
  judge: (id: string) => Pick<DvcTask, "state" | "resultPath">,
): readonly DvcTask[] {
  return listFolder(folder)
    .filter((name) => name.endsWith(`.${TASK_QUEUE}.msg`))
    .toSorted()
    .slice(0, MAX_MESSAGES)
    .flatMap((name): readonly DvcTask[] => {
      const messagePath = join(folder, name);
      const message = recordOf(readJson(messagePath));
      const headers = recordOf(message["headers"]);
      const properties = recordOf(message["properties"]);
      const { id, task } = headers;
      if (task !== RUN_TASK || typeof id !== "string" || !/^[\w-]+$/u.test(id)) return [];
      if (recordOf(properties["delivery_info"])["routing_key"] !== TASK_QUEUE) return [];
      const entry = readEntry(message["body"], properties["body_encoding"]);
      return entry === undefined ? [] : [{ ...entry, id, messagePath, ...judge(id) }];
    });
}

/** Reads what a message is about: the first argument of the task, or the one of that name. */
function readEntry(body: unknown, encoding: unknown): Pick<DvcTask, "stashRev" | "baseline" | "name"> | undefined {
  if (typeof body !== "string") return undefined;
  const text = encoding === "base64" ? Buffer.from(body, "base64").toString() : body;
  const call: unknown = parseJson(text);
  if (!Array.isArray(call)) return undefined;
  const [args, kwargs]: readonly unknown[] = call;
  const named = recordOf(kwargs)["entry_dict"];
  const entry = recordOf(named ?? (Array.isArray(args) ? args[0] : undefined));
  const { stash_rev: stashRev, baseline_rev: baseline, name } = entry;
  if (!isCommitId(stashRev) || !isCommitId(baseline)) return undefined;
  return { stashRev, baseline, name: typeof name === "string" ? name : null };
}

function isReady(path: string): boolean {
  return READY.has(recordOf(readJson(path))["status"]);
}

/** Tells whether a value is a full id. */
export function isCommitId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40}$/u.test(value);
}

/** Reads JSON of DVC's; `undefined` for a file that is not there, or is being written. */
export function readJson(path: string): unknown {
  try {
    return parseJson(readFileSync(path, "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES", "ELOOP")) return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of a JSON object; none for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
