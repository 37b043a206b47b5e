import { type ConfigMap, type ConfigValue, copyValue, findKey } from "../values.ts";
import { isContainer, isInterpolated, MISSING } from "./key-path.ts";
import { Resolution } from "./resolve.ts";

/** A merge of what does not go together, or into keys that may not be added. */
export class MergeError extends Error {
  /** Path of a key that would be new; `undefined` for other reasons. */
  readonly unknownKey: string | undefined;

  constructor(reason: string, unknownKey?: string) {
    super(reason);
    this.unknownKey = unknownKey;
  }
}

/** How a merge goes. */
export interface MergeOptions {
  /** New keys are refused. */
  readonly isClosed: boolean;
  /** The whole configuration that is merged into, for interpolations in it. */
  readonly root: ConfigMap;
}

/**
 * Merges a value into a list or mapping, as OmegaConf does: mappings key by key, lists as a whole; `???` leaves what is
 * there; an interpolation that stands for a mapping becomes a copy of that first.
 *
 * @throws {@link MergeError}
 */
export function mergeInto(
  target: ConfigMap | ConfigValue[],
  value: ConfigMap | ConfigValue[],
  options: MergeOptions,
): void {
  merge(target, value, options, []);
}

function merge(
  target: ConfigMap | ConfigValue[],
  value: ConfigMap | ConfigValue[],
  options: MergeOptions,
  path: readonly string[],
): void {
  if (Array.isArray(target) && Array.isArray(value)) {
    target.splice(0, target.length, ...value.map(copyValue));
    return;
  }
  if (Array.isArray(target) || Array.isArray(value)) throw new MergeError("a list and a mapping do not merge");
  for (const [key, member] of value) mergeMember(target, key, member, options, [...path, String(key)]);
}

function mergeMember(
  target: ConfigMap,
  typed: Parameters<ConfigMap["get"]>[0],
  member: ConfigValue,
  options: MergeOptions,
  path: readonly string[],
): void {
  const key = findKey(target, typed);
  if (key === undefined) {
    if (options.isClosed) throw new MergeError(`there is no '${path.join(".")}'`, path.join("."));
    target.set(typed, copyValue(member));
    return;
  }
  let current = target.get(key);
  if (isInterpolated(current)) {
    const followed = follow(current, target, options.root);
    if (followed !== undefined) target.set(key, (current = copyValue(followed)));
  }
  if (isContainer(current) && isContainer(member)) merge(current, member, options, path);
  else if (member !== MISSING) target.set(key, copyValue(member));
}

/** What an interpolation stands for, when that is a list or a mapping. */
function follow(text: string, container: ConfigMap, root: ConfigMap): ConfigValue | undefined {
  const path = pathTo(root, container);
  if (path === undefined) return undefined;
  try {
    const { value } = new Resolution(root).dereference(text, path);
    return isContainer(value) ? value : undefined;
  } catch {
    // It may only get its meaning by what is merged later.
    return undefined;
  }
}

function pathTo(from: ConfigValue, wanted: ConfigMap): string[] | undefined {
  if (from === wanted) return [];
  const members = from instanceof Map ? [...from] : Array.isArray(from) ? [...from.entries()] : [];
  for (const [key, member] of members) {
    const path = isContainer(member) ? pathTo(member, wanted) : undefined;
    if (path !== undefined) return [String(key), ...path];
  }
  return undefined;
}
