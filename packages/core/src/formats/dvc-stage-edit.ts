/**
 * Edits of the stages of a dvc.yaml, and of the few keys of a `.dvc` file that commands switch: what is not edited
 * stays byte for byte, comments, order and quotes included.
 */
import { isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { isPlainObject } from "./plain-data.ts";
import { formatYaml } from "./yaml.ts";
import { editYamlContent } from "./yaml-edit.ts";
import { parseYaml } from "./yaml-parse.ts";
import { applyEdits, arrange, lineBreakOf, startLine, type Slot } from "./yaml-place.ts";

type Content = Record<string, unknown>;

/**
 * Adds a stage at the end of a dvc.yaml, or gives the one of that name another definition.
 *
 * @param text - `undefined` when there is no file.
 * @param definition - In the order of keys that is to be written.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function addStageText(text: string | undefined, name: string, definition: Readonly<Content>): string {
  const before = text === undefined ? null : parseYaml(text);
  const content = isPlainObject(before) ? before : {};
  if (text === undefined || Object.keys(content).length === 0) {
    const fresh = formatYaml({ stages: { [name]: definition } });
    return text === undefined || text.trim() === "{}" ? fresh : text + startLine(text, text.length) + fresh;
  }
  const stages = isPlainObject(content["stages"]) ? content["stages"] : undefined;
  const wanted = { ...content, stages: { ...stages, [name]: definition } };
  if (stages === undefined) return setMember(text, [], "stages", { [name]: definition }, wanted);
  const known = stages[name];
  return isPlainObject(known)
    ? replaceMembers(text, content, name, known, definition)
    : setMember(text, ["stages"], name, definition, wanted);
}

/** Changes a definition where it differs; what it still says alike keeps its place and its layout. */
function replaceMembers(text: string, content: Content, name: string, before: Content, wanted: Content): string {
  let edited = text;
  let stage = before;
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(before)])) {
    const value = wanted[key];
    if (formatYaml({ value }) === formatYaml({ value: before[key] })) continue;
    stage = value === undefined ? omit(stage, key) : { ...stage, [key]: value };
    const stages = { ...(content["stages"] as Content), [name]: stage };
    edited = setMember(edited, ["stages", name], key, value, { ...content, stages });
  }
  return edited;
}

/**
 * Takes a stage out of a dvc.yaml.
 *
 * @returns `undefined` when nothing is left in the file.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function removeStageText(text: string, name: string): string | undefined {
  const content = parseYaml(text);
  if (!isPlainObject(content) || !isPlainObject(content["stages"])) return text;
  const { [name]: removed, ...stages } = content["stages"];
  if (removed === undefined) return text;
  const { stages: _, ...rest } = content;
  if (Object.keys(stages).length > 0) return setMember(text, ["stages"], name, undefined, { ...content, stages });
  return Object.keys(rest).length === 0 ? undefined : setMember(text, [], "stages", undefined, rest);
}

/**
 * Freezes a stage, or lets it go: the key `frozen` comes or goes, and with it `locked`, which is what DVC 1 called it.
 *
 * @param name - `undefined` for a `.dvc` file.
 * @throws `MalformedYamlError` when the text is no YAML.
 */
export function setFrozenText(text: string, name: string | undefined, isFrozen: boolean): string {
  const content = parseYaml(text);
  const path = name === undefined ? [] : ["stages", name];
  const stage = path.reduce<unknown>((value, key) => (isPlainObject(value) ? value[key] : undefined), content);
  if (!isPlainObject(content) || !isPlainObject(stage)) return text;
  if (stage["frozen"] === isFrozen && stage["locked"] === undefined) return text;
  const { frozen: _, locked, ...rest } = stage;
  const put = (value: Content): Content =>
    name === undefined ? value : { ...content, stages: { ...(content["stages"] as Content), [name]: value } };
  const unlocked = locked === undefined ? text : setMember(text, path, "locked", undefined, put(omit(stage, "locked")));
  return setMember(
    unlocked,
    path,
    "frozen",
    isFrozen ? true : undefined,
    put(isFrozen ? { ...rest, frozen: true } : rest),
  );
}

/**
 * Sets or removes one member of the mapping at a path.
 *
 * @param wanted - What the file holds then: where the text is laid out such that an edit in place fails, it is
 *   brought there by other means.
 */
function setMember(text: string, path: readonly string[], key: string, value: unknown, wanted: Content): string {
  const map = findMap(text, path);
  const edited = map === undefined ? undefined : spliceMember(text, map, key, value);
  return edited !== undefined && holds(edited, wanted) ? edited : editYamlContent(text, wanted);
}

function spliceMember(text: string, map: YAMLMap, key: string, value: unknown): string | undefined {
  const at = map.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  const kept = [...map.items.keys()].map((index): Slot => ({ kept: index }));
  const written: Slot = { written: [key, value], replaces: at === -1 ? undefined : at };
  const slots =
    value === undefined
      ? kept.filter((_, index) => index !== at)
      : at === -1
        ? [...kept, written]
        : kept.with(at, written);
  if (slots.length === 0 || map.items.length === 0) return undefined;
  const edited = applyEdits(text, arrange(text, map, slots));
  return lineBreakOf(text) === "\r\n" ? edited.replace(/(?<!\r)\n/g, "\r\n") : edited;
}

function findMap(text: string, path: readonly string[]): YAMLMap | undefined {
  let node: unknown = parseDocument(text, { version: "1.2", logLevel: "error" }).contents;
  for (const key of path) {
    if (!isMap(node)) return undefined;
    node = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)?.value;
  }
  return isMap(node) ? node : undefined;
}

function holds(text: string, wanted: Content): boolean {
  try {
    return formatYaml(parseYaml(text)) === formatYaml(parseYaml(formatYaml(wanted)));
  } catch {
    return false;
  }
}

function omit(content: Content, key: string): Content {
  const { [key]: _, ...rest } = content;
  return rest;
}
