/** What carries an experiment out: the `executor` of DVC's `exp show --json`. */
export interface ExecutorState {
  readonly state: "success" | "queued" | "running" | "failed";
  /** `workspace`, `tempdir`, `dvc-task` for the queue; `slurm`, which DVC does not know. */
  readonly name: string | null;
  readonly local: LocalExecutor | null;
}

/** Where an experiment runs on this machine. */
export interface LocalExecutor {
  /** Root of its repository, absolute. */
  readonly root: string | null;
  /** File with what it prints, absolute. */
  readonly log: string | null;
  readonly pid: number | null;
  readonly returncode: number | null;
  /** Of the queue. */
  readonly taskId: string | null;
}
