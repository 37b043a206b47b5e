import type { GitRepo } from "./git-repo.ts";

/** A task of DVC's queue, as its messages have it. */
export interface DvcQueueEntry {
  /** Of the message: a UUID. */
  readonly id: string;
  readonly name: string;
  /** The commit that describes the experiment. */
  readonly stash: string;
  readonly baseline: string;
}

/** Writes the message of a task: into `in` it waits, into `processed` a worker has taken it. */
export function writeDvcMessage(repo: GitRepo, folder: "in" | "processed", entry: DvcQueueEntry): string {
  const { id, name, stash, baseline } = entry;
  const content = {
    ...{ dvc_root: repo.root, scm_root: repo.root, stash_ref: "refs/exps/celery/stash", stash_rev: stash },
    ...{ baseline_rev: baseline, branch: null, name, head_rev: baseline },
  };
  const embedded = { callbacks: null, errbacks: null, chain: null, chord: null };
  const call = [[content], { copy_paths: [], message: null }, embedded];
  const message = {
    body: Buffer.from(JSON.stringify(call)).toString("base64"),
    "content-encoding": "utf-8",
    "content-type": "application/json",
    headers: {
      ...{ lang: "py", task: "dvc.repo.experiments.queue.tasks.run_exp", id, root_id: id, parent_id: null },
      ...{ retries: 0, timelimit: [null, null] },
    },
    properties: {
      ...{ correlation_id: id, reply_to: id, delivery_mode: 2, priority: 0, body_encoding: "base64" },
      ...{ delivery_info: { exchange: "", routing_key: "celery" }, delivery_tag: id },
    },
  };
  const path = `.dvc/tmp/exps/celery/broker/${folder}/1000_${id}.celery.msg`;
  repo.write(path, JSON.stringify(message));
  return path;
}
