import type { TrackerProvider } from "@waymark/core";
import { createTrackerProvider } from "@waymark/experiments";

export const gitTracker: TrackerProvider = createTrackerProvider();
