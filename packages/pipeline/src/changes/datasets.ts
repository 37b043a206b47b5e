import { parseYaml } from "@waymark/core";
import type { RevisionSource } from "../project/revision-source.ts";
import { asList, isMapping, type Mapping } from "../values/values.ts";

/** A data set that a dvc.yaml names. */
export interface Dataset {
  /** What dvc.lock says it is at; `undefined` when it says nothing, or speaks of another than dvc.yaml does. */
  readonly lock: Mapping | undefined;
}

/** Reads the data sets of a project by name. */
export async function readDatasets(source: RevisionSource): Promise<ReadonlyMap<string, Dataset>> {
  const datasets = new Map<string, Dataset>();
  for (const path of await source.listProjectFiles()) {
    if (!path.endsWith("dvc.yaml")) continue;
    const specs = await readEntries(source, path);
    if (specs.length === 0) continue;
    const locks = await readEntries(source, path.replace(/\.yaml$/, ".lock"));
    for (const spec of specs) {
      const lock = locks.find(({ name }) => name === spec["name"]);
      const isInSync = lock !== undefined && Object.keys(spec).every((key) => spec[key] === lock[key]);
      datasets.set(String(spec["name"]), { lock: isInSync ? lock : undefined });
    }
  }
  return datasets;
}

async function readEntries(source: RevisionSource, path: string): Promise<readonly Mapping[]> {
  const data = await source.read(path);
  const content = data === undefined ? undefined : parseYaml(new TextDecoder().decode(data), { path });
  return isMapping(content) ? asList(content["datasets"]).filter(isMapping) : [];
}
