import { createRequire } from "node:module";
import type { TrackerProvider } from "@waymark/core";

const load = createRequire(import.meta.url);

/**
 * Opens trackers that commit to Git. What does so is loaded by the first run that is opened, and not by importing the
 * logger; `tracker.source.ts` is the twin of this file for programs that load sources directly.
 */
export const gitTracker: TrackerProvider = {
  open: (start) => {
    const experiments = load("@waymark/experiments") as typeof import("@waymark/experiments");
    return experiments.createTrackerProvider().open(start);
  },
};
