import { isDeepStrictEqual } from "node:util";
import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage } from "../project/project.ts";
import { nameOf } from "./commit-stage.ts";
import { absolutePath, kindAt } from "./stage-content.ts";
import { hashInputs, type HashInputsOptions, type StageInputs } from "./stage-inputs.ts";

/**
 * Notices that somebody edits what a stage reads while its command runs. What is recorded is, as with DVC, what is there
 * afterwards, and that may not be what the command has seen.
 *
 * Folders are not looked at: commands leave their own caches in them (`__pycache__`).
 */
export class InputWatch {
  readonly #project: DvcProject;
  readonly #stage: ProjectStage;
  readonly #options: HashInputsOptions;
  readonly #before: StageInputs;

  private constructor(project: DvcProject, stage: ProjectStage, options: HashInputsOptions, before: StageInputs) {
    this.#project = project;
    this.#stage = stage;
    this.#options = options;
    this.#before = before;
  }

  /** Remembers what the stage is about to read. */
  static async begin(project: DvcProject, stage: ProjectStage, options: HashInputsOptions): Promise<InputWatch> {
    const deps = stage.deps.filter(({ kind, path }) => {
      return kind === "path" && !path.includes("://") && kindAt(absolutePath(project, path)) === "file";
    });
    const files = { ...stage, deps };
    const looking = { ...options, allowMissing: true };
    return new InputWatch(project, files, looking, await hashInputs(project, files, looking));
  }

  /**
   * Says what was edited meanwhile.
   *
   * @returns Whether anything was.
   */
  async warn(onWarning: ((text: string) => void) | undefined): Promise<boolean> {
    const changed = await this.#changed();
    if (changed.length === 0) return false;
    onWarning?.(
      `Changed while stage '${nameOf(this.#project, this.#stage)}' ran: ${changed.join(", ")}. ` +
        "Recorded is what is there now, which it may not have used. To be sure, run it again with `-f`.",
    );
    return true;
  }

  /** Lists what is different by now: files, and params as `FILE:KEY`. */
  async #changed(): Promise<readonly string[]> {
    const now = await hashInputs(this.#project, this.#stage, { ...this.#options, signal: undefined });
    const hashes = new Map(this.#before.deps.map((dep) => [dep["path"], dep]));
    const files = this.#stage.deps.filter(({ text }) => {
      return !isDeepStrictEqual(
        hashes.get(text),
        now.deps.find((dep) => dep["path"] === text),
      );
    });
    return [...files.map(({ text }) => text), ...changedParams(this.#before.params, now.params)];
  }
}

function changedParams(before: StageInputs["params"], now: StageInputs["params"]): readonly string[] {
  return Object.entries(before).flatMap(([file, values]) => {
    const keys = new Set([...Object.keys(values ?? {}), ...Object.keys(now[file] ?? {})]);
    return [...keys]
      .filter((key) => !isDeepStrictEqual(values?.[key], now[file]?.[key]))
      .map((key) => `${file}:${key}`);
  });
}
