/**
 * What DVC 3 allows in its three kinds of files. It refuses a file with any other key, or a value of another kind, and
 * so do we: what one tool writes, the other must be able to read.
 */
import {
  anyList,
  anyMapping,
  anything,
  either,
  expecting,
  flag,
  isList,
  isMapping,
  isNothing,
  isText,
  listOf,
  mapOf,
  record,
  type Rule,
  text,
  whole,
} from "./schema.ts";

const ANNOTATIONS = { desc: text, type: text, labels: listOf(text), meta: anything };

/** Text, a number that was not quoted, or nothing; DVC takes whatever is long enough. */
const checksum: Rule = expecting(
  "a hash of three digits or more",
  (value) =>
    value === null ||
    value === "" ||
    (typeof value === "string" && value.length >= 3) ||
    ((typeof value === "number" || typeof value === "bigint") && String(value).length >= 3),
);
const CHECKSUMS = { md5: checksum, checksum, etag: checksum };
const META = { size: whole, nfiles: whole, isexec: flag, version_id: text };
const cloud = mapOf(record({ ...META, ...CHECKSUMS }), 1);
const files = listOf(record({ ...CHECKSUMS, ...META, relpath: text, cloud }, ["relpath"]));

const OUTPUT_FLAGS = { ...ANNOTATIONS, cache: flag, persist: flag, checkpoint: flag, remote: text, push: flag };
const PLOT_PROPERTIES = { template: text, x: text, y: text, x_label: text, y_label: text, title: text, header: flag };
const plotFlags = record({ ...OUTPUT_FLAGS, ...PLOT_PROPERTIES });

const outputs = listOf(
  either("a path, or a path with flags", [isText, text], [isMapping, mapOf(record(OUTPUT_FLAGS))]),
);
const plots = listOf(
  either(
    "a path, or a path with flags",
    [isText, text],
    [isMapping, mapOf(either("flags", [isList, listOf(plotFlags)], [() => true, plotFlags]))],
  ),
);
const vars = listOf(either("a file or a mapping", [isText, text], [isMapping, anyMapping]));

const stage: Rule = record(
  {
    matrix: mapOf(either("a list", [isText, text], [isList, anyList])),
    cmd: either("a command, or a list of commands", [isText, text], [isList, anyList]),
    wdir: text,
    deps: listOf(text),
    params: listOf(either("a name, or a file with names", [isText, text], [isMapping, anyMapping])),
    vars,
    frozen: flag,
    meta: anything,
    desc: text,
    always_changed: flag,
    outs: outputs,
    metrics: outputs,
    plots,
  },
  ["cmd"],
);
const foreachStage = record(
  {
    foreach: either("a list, a mapping or an expression", [isText, text], [isList, anyList], [isMapping, anyMapping]),
    do: stage,
  },
  ["foreach", "do"],
);

const textOrMap = (rule: Rule): Rule => either("text, or a mapping", [isText, text], [isMapping, mapOf(rule)]);
const textOrList = either("text, or a list of texts", [isText, text], [isList, listOf(text)]);
const plotDefinition = record({
  x: textOrMap(text),
  y: either("text, a list or a mapping", [isText, text], [isList, listOf(text)], [isMapping, mapOf(textOrList)]),
  x_label: text,
  y_label: text,
  title: text,
  template: text,
});

/** A dvc.yaml. */
export const DVC_YAML: Rule = record({
  datasets: anything,
  plots: listOf(
    either(
      "a path, or a name with properties",
      [isText, text],
      [isMapping, mapOf(either("properties", [isNothing, anything], [() => true, plotDefinition]))],
    ),
  ),
  stages: mapOf(
    either(
      "a stage",
      [(value) => isMapping(value) && ("foreach" in Object(value) || "do" in Object(value)), foreachStage],
      [() => true, stage],
    ),
  ),
  vars,
  params: listOf(text),
  metrics: listOf(text),
  artifacts: mapOf(record({ path: text, ...ANNOTATIONS }, ["path"])),
});

const lockedEntries = listOf(
  record({ ...CHECKSUMS, ...META, path: text, cloud, files, hash: text, dataset: anyMapping }, ["path"]),
);

/** One entry of a dvc.lock, and a file of the run cache. */
export const LOCKED_STAGE: Rule = record(
  {
    cmd: either("a command, or a list of commands", [isText, text], [isList, anyList]),
    deps: lockedEntries,
    params: mapOf(anyMapping),
    outs: lockedEntries,
  },
  ["cmd"],
);

/** A dvc.lock. */
export const DVC_LOCK: Rule = record(
  {
    schema: expecting("'2.0', the version DVC 2 and later write", (value) => value === "2.0"),
    datasets: anything,
    stages: mapOf(LOCKED_STAGE),
  },
  ["schema"],
);

const ARTIFACT = { ...CHECKSUMS, ...META, path: text, persist: flag, cloud, hash: text };
const textOrMapping = either("text, or a mapping", [isText, text], [isMapping, anyMapping]);
const dependency = record({
  ...ARTIFACT,
  repo: record({ url: text, rev: text, rev_lock: text, config: textOrMapping, remote: textOrMapping }, ["url"]),
  db: record({ query: text, connection: text, file_format: text, table: text }),
  files,
  fs_config: anyMapping,
});
const output = record({
  ...ARTIFACT,
  ...ANNOTATIONS,
  cache: flag,
  remote: text,
  push: flag,
  files,
  fs_config: anyMapping,
});
const orNothing = (rule: Rule): Rule => either("", [isNothing, anything], [() => true, rule]);

/** A `.dvc` file. */
export const DVC_FILE: Rule = record({
  md5: checksum,
  wdir: orNothing(text),
  deps: orNothing(listOf(dependency)),
  outs: orNothing(listOf(output)),
  locked: flag,
  frozen: flag,
  meta: anything,
  always_changed: flag,
  desc: text,
});
