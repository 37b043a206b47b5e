import * as core from "@waymark/core";
import * as monitor from "./monitor/monitor.ts";
import * as artifactLog from "./session/artifact-log.ts";
import * as mediaLog from "./session/media-log.ts";
import * as readers from "./readers.ts";
import * as report from "./session/report-writer.ts";
import * as session from "./session/session.ts";

export function loadArtifactLog(): typeof artifactLog {
  return artifactLog;
}

export function loadCore(): typeof core {
  return core;
}

export function loadMediaLog(): typeof mediaLog {
  return mediaLog;
}

export function loadMonitor(): typeof monitor {
  return monitor;
}

export function loadReaders(): typeof readers {
  return readers;
}

export function loadReport(): typeof report {
  return report;
}

export function loadSession(): typeof session {
  return session;
}
