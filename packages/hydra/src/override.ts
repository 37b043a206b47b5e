import { type Element, isSweep, type Sweep } from "./grammar/element.ts";
import { formatElement } from "./grammar/format-element.ts";
import { readElement, TokenReader } from "./grammar/parse-element.ts";
import { plainElement } from "./grammar/plain-element.ts";
import { type BadCharacter, tokenize, type TokenKind } from "./grammar/tokens.ts";
import { InvalidOverrideError, OverrideSyntaxError } from "./errors.ts";
import { Random } from "./sweep/random.ts";
import type { ConfigValue } from "./values.ts";

/** What an override does: `k=v`, `+k=v`, `++k=v`, `~k`. */
export type OverrideAction = "change" | "add" | "force-add" | "delete";

/** One override, as Hydra understands it. */
export interface Override {
  readonly action: OverrideAction;
  /** Dotted path, or config group with `/` between its parts. */
  readonly key: string;
  /** What follows the `@`; `undefined` without one. */
  readonly package: string | undefined;
  /** `undefined` when nothing follows the key, as in `~k`. */
  readonly value: Element | undefined;
  /** As typed. */
  readonly text: string;
}

/** Options of {@link parseOverride}. */
export interface ParseOverrideOptions {
  /** What `shuffle([…])` draws from. Default: one that begins at seed 0 with each override. */
  readonly random?: Random;
}

/**
 * Parses an override in the whole grammar of Hydra 1.3.
 *
 * @throws {@link OverrideSyntaxError} with the column where reading stopped.
 */
export function parseOverride(text: string, options: ParseOverrideOptions = {}): Override {
  const tokens = tokenize(text);
  if ("badAt" in tokens) throw badCharacter(text, tokens);
  const reader = new TokenReader(text, tokens);
  const action = readAction(reader);
  const key = readGroup(reader);
  const pkg = reader.takeIf("@") ? readPackage(reader) : undefined;
  const override = { action, key, package: pkg, text } as const;
  if (action === "delete" && reader.next.kind === "end") return { ...override, value: undefined };
  reader.expect("=", "'='");
  if (reader.next.kind === "end") return { ...override, value: "" };
  const value = readValue(reader, options.random ?? new Random(0));
  reader.expect("end", "the end");
  return { ...override, value };
}

/** Key with its prefix and package, as Hydra writes it: `+db@source`. */
export function overrideKey(override: Override): string {
  const prefix = { change: "", add: "+", "force-add": "++", delete: "~" }[override.action];
  return `${prefix}${override.key}${override.package === undefined ? "" : `@${override.package}`}`;
}

/** The sweep an override asks for; `undefined` for a single value. */
export function sweepOf(override: Override): Sweep | undefined {
  const { value } = override;
  return value !== undefined && isSweep(value) ? value : undefined;
}

/**
 * The value of an override that is no sweep, without quotes; `undefined` when it has none.
 *
 * @throws {@link InvalidOverrideError} when a sweep stands inside of its value.
 */
export function overrideValue(override: Override): ConfigValue | undefined {
  if (override.value === undefined) return undefined;
  try {
    return plainElement(override.value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidOverrideError(override.text, error.message, "Sweep over whole values: key=[1,2],[3,4].");
  }
}

/** Writes an override that is no sweep as Hydra does. A deletion without value gets `null`. */
export function formatOverride(override: Override): string {
  return `${overrideKey(override)}=${formatElement(override.value ?? null)}`;
}

function readAction(reader: TokenReader): OverrideAction {
  if (reader.takeIf("~")) return "delete";
  if (!reader.takeIf("+")) return "change";
  return reader.takeIf("+") ? "force-add" : "add";
}

/** A dotted path, or a group such as `db/mysql`. It may be empty: that is the whole configuration. */
function readGroup(reader: TokenReader): string {
  const isGroup = reader.next.kind === "id" && reader.peek(1) === "/";
  let name = readPackage(reader);
  while (isGroup && reader.takeIf("/")) name += `/${reader.expect("id", "the name of a group").text}`;
  return name;
}

const PACKAGE: ReadonlySet<TokenKind> = new Set(["id", "special", "path"]);

function readPackage(reader: TokenReader): string {
  return PACKAGE.has(reader.next.kind) ? reader.take().text : "";
}

function readValue(reader: TokenReader, random: Random): Element {
  const options = { random };
  const first = readElement(reader, options);
  if (reader.next.kind !== ",") return first;
  const items = [first];
  while (reader.takeIf(",")) items.push(readElement(reader, options));
  return { kind: "choice", items, isSimple: true, isShuffled: false, tags: [] };
}

function badCharacter(text: string, { badAt: at }: BadCharacter): OverrideSyntaxError {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const isInKey = !text.slice(0, at).includes("=");
  if (character === "'" || character === '"') {
    return isInKey
      ? new OverrideSyntaxError(text, at + 1, "a key has no quotes")
      : new OverrideSyntaxError(
          text,
          at + 1,
          `the ${character} is never closed`,
          "Close it, or write \\' inside of '…'.",
        );
  }
  const hint = isInKey
    ? undefined
    : "Put the value in quotes, once for your shell and once for the override: \"key='…'\".";
  const place = isInKey ? "in a key" : "in a value without quotes";
  return new OverrideSyntaxError(text, at + 1, `'${character}' cannot stand ${place}`, hint);
}
