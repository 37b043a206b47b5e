import * as core from "@waymark/core";
import * as monitor from "./monitor/monitor.ts";
import * as mediaLog from "./session/media-log.ts";
import * as readers from "./readers.ts";
import * as session from "./session/session.ts";

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

export function loadSession(): typeof session {
  return session;
}
