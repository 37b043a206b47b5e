export * from "./errors.ts";
export * from "./run-file.ts";
export * from "./tracker.ts";
