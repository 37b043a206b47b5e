export * from "./errors.ts";
export * from "./run-file.ts";
export * from "./tracker.ts";
export * from "./formats/metric-history.ts";
export * from "./formats/metric-name.ts";
export * from "./formats/python-json.ts";
export * from "./formats/python-number.ts";
export * from "./formats/yaml.ts";
