// What `exp list` needs, and nothing that reads commits: it answers as soon as the refs are read.
export { listRemote, listSelected } from "./list-selected.ts";
export type { LabelledExperiment, LabelledList } from "./list-selected.ts";
export { openProject } from "./project.ts";
