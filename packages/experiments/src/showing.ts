// What `exp show` needs, and nothing that changes experiments.
export { UnknownColumnError } from "./errors.ts";
export { openProject } from "./project.ts";
export { flattenValues } from "./query/flat-values.ts";
export { collectExperiments } from "./show/collect.ts";
export type { CollectOptions } from "./show/collect.ts";
export { listAsJson } from "./show/list-as-json.ts";
