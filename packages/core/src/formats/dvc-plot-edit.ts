/** Edits how a stage of a dvc.yaml says one of its outputs is drawn; everything else stays byte for byte. */
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { editYamlContent } from "./yaml-edit.ts";
import { parseYaml } from "./yaml-parse.ts";
import { applyEdits, arrange, type Slot } from "./yaml-place.ts";

type Content = Readonly<Record<string, unknown>>;

const SECTIONS = ["outs", "metrics", "plots"] as const;
type Section = (typeof SECTIONS)[number];

/** Where an output stands in a stage. */
interface OutputPlace {
  readonly section: Section;
  readonly index: number;
  /** Its flags and properties; empty when there are none. */
  readonly flags: Content;
}

/**
 * Makes an output of a stage a plot, unless it is one, and gives it properties.
 *
 * @param path - The output as written.
 * @param changes - Properties to set; `undefined` takes one away.
 * @returns `undefined` when the stage has no such output.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function setPlotText(text: string, stage: string, path: string, changes: Content): string | undefined {
  const content = parseYaml(text);
  const stages = isPlainObject(content) ? content["stages"] : undefined;
  const definition = isPlainObject(stages) ? stages[stage] : undefined;
  if (!isPlainObject(content) || !isPlainObject(stages) || !isPlainObject(definition)) return undefined;
  const place = findOutput(definition, path);
  if (place === undefined) return undefined;
  const flags = { ...place.flags, ...changes };
  for (const key of Object.keys(flags)) if (flags[key] === undefined) delete flags[key];
  const entry = Object.keys(flags).length === 0 ? path : { [path]: flags };
  const wanted = { ...content, stages: { ...stages, [stage]: withPlot(definition, place, entry) } };
  const map = findMap(parseDocument(text, { version: "1.2", logLevel: "error" }).contents, ["stages", stage]);
  const edited = map === undefined ? undefined : splice(text, map, place, entry, { path, changes });
  return edited !== undefined && holds(edited, wanted) ? edited : editYamlContent(text, wanted);
}

function findOutput(definition: Content, path: string): OutputPlace | undefined {
  for (const section of SECTIONS) {
    const items = definition[section];
    if (!Array.isArray(items)) continue;
    for (const [index, item] of (items as readonly unknown[]).entries()) {
      if (item === path) return { section, index, flags: {} };
      if (!isPlainObject(item) || !Object.hasOwn(item, path)) continue;
      const flags = item[path];
      return { section, index, flags: isPlainObject(flags) ? flags : {} };
    }
  }
  return undefined;
}

function withPlot(definition: Content, { section, index }: OutputPlace, entry: unknown): Content {
  const items = definition[section] as readonly unknown[];
  if (section === "plots") return { ...definition, plots: items.with(index, entry) };
  const { [section]: _, ...rest } = definition;
  const left = items.toSpliced(index, 1);
  const plots = Array.isArray(definition["plots"]) ? (definition["plots"] as readonly unknown[]) : [];
  return { ...rest, ...(left.length > 0 ? { [section]: left } : {}), plots: [...plots, entry] };
}

function splice(
  text: string,
  stage: YAMLMap,
  { section, index }: OutputPlace,
  entry: unknown,
  change: { readonly path: string; readonly changes: Content },
): string | undefined {
  const items = member(stage, section);
  if (!isSeq(items)) return undefined;
  if (section === "plots") {
    const flags = findMap(items.items[index], [change.path]);
    const inPlace = flags === undefined ? undefined : spliceFlags(text, flags, change.changes);
    return (
      inPlace ?? applyEdits(text, arrange(text, items, keptBut(items, index, { written: entry, replaces: index })))
    );
  }
  const plots = member(stage, "plots");
  if (plots !== undefined && !isSeq(plots)) return undefined;
  const isLast = items.items.length === 1;
  const sectionAt = stage.items.findIndex(({ value }) => value === items);
  const stageSlots = isLast ? keptBut(stage, sectionAt) : keptBut(stage);
  const added: Slot = { written: plots === undefined ? ["plots", [entry]] : entry, replaces: undefined };
  return applyEdits(text, [
    ...(isLast ? [] : arrange(text, items, keptBut(items, index))),
    ...arrange(text, stage, plots === undefined ? [...stageSlots, added] : stageSlots),
    ...(plots === undefined ? [] : arrange(text, plots, [...keptBut(plots), added])),
  ]);
}

/** Changes one property after the other in the mapping they stand in, so that comments beside the others stay. */
function spliceFlags(text: string, flags: YAMLMap, changes: Content): string | undefined {
  let slots: readonly Slot[] = keptBut(flags);
  for (const [key, value] of Object.entries(changes)) {
    const at = flags.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
    const slot: Slot = { written: [key, value], replaces: at === -1 ? undefined : at };
    if (at === -1) slots = value === undefined ? slots : [...slots, slot];
    else
      slots = slots.flatMap((kept) =>
        "kept" in kept && kept.kept === at ? (value === undefined ? [] : [slot]) : [kept],
      );
  }
  return slots.length === 0 ? undefined : applyEdits(text, arrange(text, flags, slots));
}

function keptBut(collection: YAMLMap | YAMLSeq, without?: number, instead?: Slot): readonly Slot[] {
  return [...collection.items.keys()].flatMap((index): readonly Slot[] => {
    if (index !== without) return [{ kept: index }];
    return instead === undefined ? [] : [instead];
  });
}

function findMap(node: unknown, path: readonly string[]): YAMLMap | undefined {
  let found = node;
  for (const key of path) found = isMap(found) ? member(found, key) : undefined;
  return isMap(found) && found.items.length > 0 ? found : undefined;
}

function member(map: YAMLMap, key: string): unknown {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.value ?? undefined;
}

function holds(text: string, wanted: Content): boolean {
  try {
    return formatYaml(sorted(parseYaml(text))) === formatYaml(sorted(wanted));
  } catch {
    return false;
  }
}

/** The order of keys says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
