import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { FloatValue, formatPythonFloat } from "@waymark/core";
import { type Element, type Override, QuotedString } from "@waymark/hydra";
import { INTEROP_ENV, PYTHON } from "../../support/python.ts";

/** What the real program says to one case. */
export type Answer<T> = { readonly answer: T } | { readonly error: string };

/** Files of a folder, with the config to be composed from `conf/`. */
export interface ComposeCase {
  readonly files: Readonly<Record<string, string>>;
  readonly name: string;
  readonly overrides: readonly string[];
}

/** A params file with what `-S` says. */
export interface ApplyCase {
  readonly name: string;
  readonly text: string | null;
  readonly overrides: readonly string[];
}

interface Questions {
  readonly parse: { readonly asks: string; readonly says: unknown };
  readonly sweep: { readonly asks: readonly string[]; readonly says: string[][] };
  /** `[FILE:]OVERRIDE` each; what DVC makes of them: per run, the overrides of each file. */
  readonly files: { readonly asks: readonly string[]; readonly says: [string, string[]][][] };
  readonly compose: { readonly asks: ComposeCase; readonly says: string };
  readonly apply: { readonly asks: ApplyCase; readonly says: string };
  readonly dump: { readonly asks: string; readonly says: string };
}

/** Asks the real Hydra, OmegaConf and DVC, all cases in one process. */
export function askHydra<K extends keyof Questions>(
  kind: K,
  cases: readonly Questions[K]["asks"][],
): Answer<Questions[K]["says"]>[] {
  const output = execFileSync(PYTHON, [join(import.meta.dirname, "real_hydra.py")], {
    env: INTEROP_ENV,
    input: JSON.stringify({ kind, cases }),
    encoding: "utf8",
    maxBuffer: 256 << 20,
    stdio: ["pipe", "pipe", "ignore"],
  });
  return JSON.parse(output) as Answer<Questions[K]["says"]>[];
}

/** An override in the form that the script gives those of Hydra. */
export function encodeOverride(override: Override): unknown {
  return {
    action: { change: "CHANGE", add: "ADD", "force-add": "FORCE_ADD", delete: "DEL" }[override.action],
    key: override.key,
    package: override.package ?? null,
    hasValue: override.value !== undefined,
    value: encodeElement(override.value ?? null),
  };
}

function encodeElement(value: Element): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return { int: `${value}` };
  if (value instanceof FloatValue) return { float: formatPythonFloat(value.value) };
  if (value instanceof QuotedString) return { quoted: value.text, mark: value.quote };
  if (Array.isArray(value)) return value.map(encodeElement);
  if (value instanceof Map) return { map: [...value].map(([key, item]) => [encodeElement(key), encodeElement(item)]) };
  switch (value.kind) {
    case "choice": {
      const choice = value.items.map(encodeElement);
      return { choice, simple: value.isSimple, shuffled: value.isShuffled, tags: value.tags.toSorted() };
    }
    case "range": {
      const range = [value.start, value.stop, value.step].map(encodeElement);
      return { range, shuffled: value.isShuffled, tags: value.tags.toSorted() };
    }
    case "interval":
      return { interval: [value.start, value.end].map(encodeElement), tags: value.tags.toSorted() };
    case "glob":
      return { glob: [value.include, value.exclude] };
  }
}
