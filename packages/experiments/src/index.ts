export { listExperiments, type BaselineList } from "./list.ts";
