import { TrackerError } from "@waymark/core";

/** The name asked for is that of an experiment of the baseline, or of a task that waits or runs. */
export class TaskNameTakenError extends TrackerError {
  override readonly code = "TASK_NAME_TAKEN";
  readonly taskName: string;

  constructor(name: string, holder: "experiment" | "task" | "twice") {
    const who = {
      experiment: `an experiment of this commit is called so`,
      task: `a task in the queue is called so`,
      twice: "it was given to two tasks at once",
    }[holder];
    super(`The name '${name}' is taken: ${who}`, {
      hint:
        holder === "experiment"
          ? "Choose another name, or replace the experiment with --force."
          : "Choose another name, or remove the task: waymark queue remove",
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
