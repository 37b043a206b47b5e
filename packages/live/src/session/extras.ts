import { join } from "node:path";
import type { RunStatus } from "@waymark/core";
import { loadArtifactLog, loadMediaLog, loadReport } from "#lazy";
import type { CheckpointMaker } from "../checkpoint/checkpoint-maker.ts";
import type { ArtifactOptions } from "../options.ts";
import type { ArtifactLog } from "./artifact-log.ts";
import type { MediaLog } from "./media-log.ts";
import type { OpenedRun } from "./open-run.ts";

/** What not every run logs: images, plots, artifacts and a report. Their code is loaded when it is first needed. */
export class Extras {
  readonly #run: OpenedRun;
  readonly #checkpoints: CheckpointMaker;
  #media: MediaLog | undefined;
  #artifacts: ArtifactLog | undefined;

  constructor(run: OpenedRun, checkpoints: CheckpointMaker) {
    this.#run = run;
    this.#checkpoints = checkpoints;
  }

  /** Logs images and plots, checked and written at once. */
  logMedia(log: (media: MediaLog) => void): void {
    const { dir, registry, runFolder, settings } = this.#run;
    const { cwd, trouble, isSilent, keepsNonFinite } = settings;
    this.#media ??= new (loadMediaLog().MediaLog)({
      ...{ cwd, dir, registry, trouble, isSilent, keepsNonFinite, temporaryFolder: runFolder },
    });
    log(this.#media);
    if (settings.cacheImages && registry.hasImages) this.#checkpoints.trackAtEnd(join(dir, "plots", "images"));
  }

  logArtifact(path: string | URL, options: ArtifactOptions): void {
    const { dir, registry, settings } = this.#run;
    const { cwd, trouble, isSilent } = settings;
    this.#artifacts ??= new (loadArtifactLog().ArtifactLog)({
      ...{ cwd, dir, registry, trouble, isSilent },
      cache: (file) => this.#checkpoints.trackArtifact(file),
    });
    this.#artifacts.log(path, options);
  }

  /** Writes again what could not be written. */
  retry(): void {
    this.#media?.retry();
  }

  /** Writes the report the options ask for. */
  writeReport(status: RunStatus): void {
    const { dir, givenDir, runFolder, registry, summary, record, settings } = this.#run;
    if (settings.report === undefined) return;
    const { openReport, writeReport } = loadReport();
    const path = writeReport({
      ...{ dir, givenDir, registry, status, kind: settings.report, temporaryFolder: runFolder },
      experimentName: record.content.experimentName ?? undefined,
      summary: summary.toRecord(),
    });
    if (settings.report === "html" && settings.wishes.opensReport) openReport(path);
  }
}
