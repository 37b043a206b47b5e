import { createRequire } from "node:module";

/**
 * Modules that a script needs only when it uses them: importing the logger stays as cheap as starting Node. This is
 * the one place that knows what comes later; `lazy.source.ts` is its twin for programs that load sources directly.
 */
const load = createRequire(import.meta.url);

export function loadArtifactLog(): typeof import("./session/artifact-log.ts") {
  return load("./session/artifact-log.js") as typeof import("./session/artifact-log.ts");
}

export function loadCore(): typeof import("@waymark/core") {
  return load("@waymark/core") as typeof import("@waymark/core");
}

export function loadMediaLog(): typeof import("./session/media-log.ts") {
  return load("./session/media-log.js") as typeof import("./session/media-log.ts");
}

export function loadMonitor(): typeof import("./monitor/monitor.ts") {
  return load("./monitor/monitor.js") as typeof import("./monitor/monitor.ts");
}

export function loadReaders(): typeof import("./readers.ts") {
  return load("./readers.js") as typeof import("./readers.ts");
}

export function loadReport(): typeof import("./session/report-writer.ts") {
  return load("./session/report-writer.js") as typeof import("./session/report-writer.ts");
}

export function loadSession(): typeof import("./session/session.ts") {
  return load("./session/session.js") as typeof import("./session/session.ts");
}
