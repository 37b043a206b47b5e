import { TrackerError } from "@waymark/core";

/** Git cleared away files while they were saved, again and again. */
export class ObjectsCollectedError extends TrackerError {
  override readonly code = "OBJECTS_COLLECTED";
  readonly experiment: string;

  constructor(experiment: string) {
    super(`'${experiment}' is not whole: Git cleared away what was saved before anything named it`, {
      hint: "Save again once no `git gc --prune=now` runs here.",
    });
    this.experiment = experiment;
  }
}
