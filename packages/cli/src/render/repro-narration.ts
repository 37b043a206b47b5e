import { type DvcProject, type ProjectStage, type StageEvent, stageAddress } from "@waymark/pipeline";
import type { Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";

/** Options of {@link ReproNarration}. */
export interface ReproNarrationOptions {
  readonly ui: Ui;
  readonly project: Pick<DvcProject, "folder">;
  /** Several stages run at a time, so that every line has to say whose it is. */
  readonly isInterleaved: boolean;
}

/** Tells what happens while a pipeline is reproduced. */
export class ReproNarration {
  readonly #options: ReproNarrationOptions;
  readonly #partial = new Map<ProjectStage, { readonly stdout: string; readonly stderr: string }>();
  #isFirst = true;

  constructor(options: ReproNarrationOptions) {
    this.#options = options;
  }

  /** Says what happened to a stage. */
  tell(stage: ProjectStage, event: StageEvent): void {
    const { ui } = this.#options;
    const it = stage.name === undefined ? `'${this.#nameOf(stage)}'` : `stage '${this.#nameOf(stage)}'`;
    const what = `${it.slice(0, 1).toUpperCase()}${it.slice(1)}`;
    switch (event.kind) {
      case "unchanged":
        return ui.note(`${what} did not change.`);
      case "frozen":
        return ui.warn(`${what} is frozen: what it needs is not reproduced.`);
      case "pulling":
        return ui.note(`Fetching the data of ${it}.`);
      case "not-pulled":
        return ui.warn(`The data of ${it} cannot be fetched: ${toPrintable(event.reason)}`);
      case "restored":
        return ui.note(`${what} ran like this before: its outputs come from the cache.`);
      case "verifying":
        return ui.note(`Looking at the data of ${it}.`);
      case "importing":
        return ui.note(`Importing '${toPrintable(event.source)}' for ${it}.`);
      case "running":
        return this.#begin(`Running ${it}:`);
      case "command":
        return ui.note(`${this.#prefix(stage)}> ${toPrintable(event.command)}`);
      case "ended":
        return this.#flush(stage);
      case "failed":
        return this.#fail(it, event);
    }
  }

  /** Passes on what a command prints, whole lines at a time, each with the name of its stage. */
  write(stage: ProjectStage, data: Uint8Array, stream: "stdout" | "stderr"): void {
    const partial = this.#partial.get(stage) ?? { stdout: "", stderr: "" };
    // One character for each byte, so that none is cut in two.
    const lines = `${partial[stream]}${Buffer.from(data).toString("latin1")}`.split("\n");
    this.#partial.set(stage, { ...partial, [stream]: lines.pop() ?? "" });
    for (const line of lines) this.#writeLine(stage, line, stream);
  }

  /** Passes on what a command left without a line end. */
  #flush(stage: ProjectStage): void {
    const { stdout = "", stderr = "" } = this.#partial.get(stage) ?? {};
    if (stdout !== "") this.#writeLine(stage, stdout, "stdout");
    if (stderr !== "") this.#writeLine(stage, stderr, "stderr");
    this.#partial.delete(stage);
  }

  #writeLine(stage: ProjectStage, line: string, stream: "stdout" | "stderr"): void {
    // Of a progress bar that draws over itself only the last state is left.
    const shown = line.replace(/\r$/u, "").split("\r").at(-1) ?? "";
    const text = `${this.#prefix(stage)}${Buffer.from(shown, "latin1").toString()}\n`;
    if (stream === "stdout") this.#options.ui.write(text);
    else this.#options.ui.writeError(text);
  }

  #begin(text: string): void {
    const { ui, isInterleaved } = this.#options;
    // An empty line between stages, as long as they come one after the other.
    if (!this.#isFirst && !isInterleaved) ui.note("");
    this.#isFirst = false;
    ui.note(text);
  }

  #fail(it: string, event: Extract<StageEvent, { kind: "failed" }>): void {
    const { ui } = this.#options;
    const message = event.error instanceof Error ? event.error.message : String(event.error);
    ui.warn(toPrintable(message));
    const names = event.skipped.map((stage) => `'${this.#nameOf(stage)}'`);
    if (names.length > 0) ui.warn(`Skipped, since ${it} failed: ${names.join(", ")}.`);
  }

  #prefix(stage: ProjectStage): string {
    return this.#options.isInterleaved ? `${this.#nameOf(stage)} | ` : "";
  }

  #nameOf(stage: ProjectStage): string {
    return toPrintable(stageAddress(stage, this.#options.project.folder));
  }
}
