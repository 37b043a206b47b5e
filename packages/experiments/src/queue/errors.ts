import { TrackerError } from "@waymark/core";

/** The name asked for is that of an experiment of the baseline, or of a task that waits or runs. */
export class TaskNameTakenError extends TrackerError {
  override readonly code = "TASK_NAME_TAKEN";
  readonly taskName: string;

  constructor(name: string, holder: "experiment" | "task" | "dvc" | "twice") {
    const who = {
      experiment: `an experiment of this commit is called so`,
      task: `a task in the queue is called so`,
      dvc: "a task in the queue of DVC is called so",
      twice: "it was given to two tasks at once",
    }[holder];
    super(`The name '${name}' is taken: ${who}`, {
      hint: {
        experiment: "Choose another name, or replace the experiment with --force.",
        task: "Choose another name, or remove the task: waymark queue remove",
        dvc: "Choose another name: the result of one of the two would be lost.",
        twice: "Choose another name.",
      }[holder],
    });
    this.taskName = name;
  }
}

/** No task, or more than one, is meant by what was typed. */
export class TaskNotFoundError extends TrackerError {
  override readonly code = "TASK_NOT_FOUND";

  constructor(names: readonly string[]) {
    super(`The queue has no task '${names.join("', '")}'`, { hint: "See what there is: waymark queue status" });
  }
}

/** What was typed names a task of DVC's queue, which is DVC's alone. */
export class TaskOfDvcError extends TrackerError {
  override readonly code = "TASK_OF_DVC";
  readonly task: string;

  constructor(task: string) {
    super(`'${task}' is in the queue of DVC, which is left alone`, {
      hint: "DVC's own commands are for it: dvc queue logs, dvc queue kill, dvc queue remove.",
    });
    this.task = task;
  }
}

/** What was asked for does not fit where the task is. */
export class TaskPlaceError extends TrackerError {
  override readonly code = "TASK_IN_WRONG_PLACE";

  constructor(what: string, hint: string) {
    super(what, { hint });
  }
}

/** A task was changed by somebody else while it was looked at. */
export class TaskChangedError extends TrackerError {
  override readonly code = "TASK_CHANGED";

  constructor(name: string) {
    super(`The task '${name}' was changed by another process in the meantime`, {
      hint: "Look at it again: waymark queue status",
    });
  }
}

/** Another clone has changed the shared queue first. */
export class QueueMovedError extends TrackerError {
  override readonly code = "QUEUE_MOVED";
  /** What it has changed, the full name of a ref. */
  readonly ref: string;

  constructor(ref: string) {
    super("The shared queue was changed from elsewhere in the meantime", {
      hint: "Look at it again: waymark queue status",
    });
    this.ref = ref;
  }
}

/** The remote of a shared queue refused a change that nobody else was quicker with. */
export class QueueRefusedError extends TrackerError {
  override readonly code = "QUEUE_REFUSED";

  constructor(remote: string, reason: string) {
    super(`The remote '${remote}' refuses to change the queue: ${reason}`, {
      hint: "It has to let you make and remove refs below refs/waymark, and several of them at once.",
    });
  }
}

/** What was asked for cannot be done with a queue that several clones share. */
export class QueueSharedError extends TrackerError {
  override readonly code = "QUEUE_SHARED";

  constructor(what: string, hint: string) {
    super(what, { hint });
  }
}

/** A task is to have more CPUs than its worker may use. */
export class NotSoManyCpusError extends TrackerError {
  override readonly code = "NOT_SO_MANY_CPUS";

  constructor(wanted: number, usable: number) {
    super(`A task cannot have ${wanted} CPUs: this process may use ${usable}`, {
      hint: `Give each task fewer: --cpus ${usable}`,
    });
  }
}

/** The folder in which workers agree on GPUs and CPUs is not ours alone. */
export class SlotFolderError extends TrackerError {
  override readonly code = "SLOT_FOLDER_UNSAFE";

  constructor(folder: string) {
    super(`'${folder}' is not a folder of yours that nobody else may write to`, {
      hint: "Remove it, or set XDG_RUNTIME_DIR to a folder that is yours.",
    });
  }
}
