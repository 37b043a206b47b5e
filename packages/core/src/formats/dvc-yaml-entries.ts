import { isPlainObject } from "./plain-data.ts";
import { formatCompactPythonJson } from "./python-json.ts";
import { formatYaml } from "./yaml.ts";
import { parseYaml } from "./yaml-parse.ts";

/** What a run wants dvc.yaml to say. Paths are POSIX, relative to the folder of the dvc.yaml. */
export interface DvcYamlEntries {
  /** The live folder; empty when it is the folder of the dvc.yaml itself. */
  readonly dir: string;
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  /** A path, or `{ path: properties }`. */
  readonly plots: readonly (string | Readonly<Record<string, unknown>>)[];
  /** By id; each has a `path`. */
  readonly artifacts: Readonly<Record<string, unknown>>;
}

export type Section = "params" | "metrics" | "plots" | "artifacts";

/** In the order a new file has them. */
export const SECTIONS: readonly Section[] = ["params", "metrics", "plots", "artifacts"];

/** One item of a list section, or one member of a mapping section. */
export interface Entry {
  /** A path, or the id of an artifact or of a plot that names its files in its properties. */
  readonly id: string;
  /** Undefined for a bare path. */
  readonly value: unknown;
}

/** The entries of a section as a run wants them, in its order. */
export function wantedEntries(section: Section, entries: DvcYamlEntries): readonly Entry[] {
  if (section === "artifacts") return Object.entries(entries.artifacts).map(([id, value]) => ({ id, value }));
  return entries[section].flatMap((entry) =>
    typeof entry === "string"
      ? [{ id: entry, value: undefined }]
      : Object.entries(entry).map(([id, value]) => ({ id, value })),
  );
}

/** Reads one item of a list section; undefined for what is neither a path nor `{ path: properties }`. */
export function entryOfItem(item: unknown): Entry | undefined {
  if (typeof item === "string") return { id: item, value: undefined };
  if (!isPlainObject(item)) return undefined;
  const [id, ...others] = Object.keys(item);
  return id === undefined || others.length > 0 ? undefined : { id, value: item[id] ?? undefined };
}

/** The item of a list section. */
export function itemOf({ id, value }: Entry): unknown {
  return value === undefined ? id : { [id]: value };
}

/** Tells whether two entries say the same, as they read back from a file. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  if (a.id !== b.id || a.value === undefined || b.value === undefined) return a.id === b.id && a.value === b.value;
  return isSameValue(readBack(a.value), readBack(b.value));
}

/** Compares plain data, with numbers by kind and keys in any order. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return formatCompactPythonJson(a, { sortKeys: true }) === formatCompactPythonJson(b, { sortKeys: true });
}

/** A value as a file gives it back: without `undefined` members, dates as text, `1.0` kept apart from `1`. */
export function readBack(value: unknown): unknown {
  const wrapped = parseYaml(formatYaml({ value }), { keepNumberKinds: true });
  return isPlainObject(wrapped) ? wrapped["value"] : wrapped;
}

const OWN_FILES: Readonly<Record<Section, RegExp>> = {
  params: /^params\.yaml$/,
  metrics: /^metrics\.json$/,
  plots: /^plots\/(?:metrics|images|(?:custom|sklearn)\/.+)$/,
  artifacts: /^artifacts\/.+$/,
};

/**
 * Tells whether an entry is one the logger made for the live folder: it names a file that the logger writes there,
 * compared by path segments. `live/metrics.json` is one; `old/live/metrics.json` and `mylive/metrics.json` are not.
 */
export function isOwnEntry(entry: Entry, section: Section, dir: string): boolean {
  const path = section === "artifacts" ? (isPlainObject(entry.value) ? entry.value["path"] : undefined) : entry.id;
  if (typeof path !== "string" || path.startsWith("/")) return false;
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const folder = dir.split("/").filter((segment) => segment !== "" && segment !== ".");
  return (
    folder.every((segment, index) => segment === segments[index]) &&
    OWN_FILES[section].test(segments.slice(folder.length).join("/"))
  );
}

/** One place of a section as it will be: an entry that stays as written, or one to be written. */
export type Place =
  | { readonly kind: "kept"; readonly index: number }
  /** `replaces`: the place of the present entry whose lines it takes over. */
  | { readonly kind: "new"; readonly entry: Entry; readonly replaces: number | undefined };

/**
 * Decides how a section will look. Present entries never move; one whose properties changed is written where it was; a
 * new one follows the wanted entry before it, so that a file of ours alone has the order of a fresh one.
 *
 * @param present - As written; undefined for what is not understood, which stays.
 * @returns Undefined when nothing is to be done.
 */
export function planSection(
  present: readonly (Entry | undefined)[],
  wanted: readonly Entry[],
  section: Section,
  dir: string,
): readonly Place[] | undefined {
  const isOwn = present.map(
    (entry) =>
      entry !== undefined &&
      (isOwnEntry(entry, section, dir) || (section === "artifacts" && wanted.some(({ id }) => id === entry.id))),
  );
  const anchors: (number | undefined)[] = [];
  const taken = new Set<number>();
  const find = (test: (entry: Entry, index: number) => boolean): number | undefined => {
    const index = present.findIndex((entry, at) => entry !== undefined && !taken.has(at) && test(entry, at));
    if (index < 0) return undefined;
    taken.add(index);
    return index;
  };
  const same = wanted.map((entry) => find((candidate) => isSameEntry(candidate, entry)));
  for (const [at, entry] of wanted.entries()) {
    anchors.push(same[at] ?? find((candidate, index) => isOwn[index] === true && candidate.id === entry.id));
  }
  const isStale = isOwn.map((own, index) => own && !taken.has(index));
  if (same.every((index) => index !== undefined) && !isStale.includes(true)) return undefined;

  const after = new Map<number, Place[]>();
  let position = leadingPosition(anchors, present.length);
  const replaced = new Map<number, Place>();
  for (const [at, entry] of wanted.entries()) {
    const anchor = anchors[at];
    if (anchor === undefined) {
      const places = after.get(position) ?? [];
      after.set(position, [...places, { kind: "new", entry, replaces: undefined }]);
      continue;
    }
    position = anchor;
    if (same[at] === undefined) replaced.set(anchor, { kind: "new", entry, replaces: anchor });
  }
  const places: Place[] = [...(after.get(-1) ?? [])];
  for (const index of present.keys()) {
    const replacement = replaced.get(index);
    if (replacement !== undefined) places.push(replacement);
    else if (isStale[index] !== true) places.push({ kind: "kept", index });
    places.push(...(after.get(index) ?? []));
  }
  return places;
}

/** Where entries go that come before every wanted one that is present: right before the first of these, or last. */
function leadingPosition(anchors: readonly (number | undefined)[], count: number): number {
  const first = anchors.find((anchor) => anchor !== undefined);
  return first === undefined ? count - 1 : first - 1;
}
