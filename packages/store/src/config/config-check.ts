import { suggestWords } from "@waymark/core/suggest";
import { CacheConfigError } from "../errors.ts";
import { UrlSettingsError } from "./errors.ts";
import {
  DB_RULES,
  isSecretKey,
  MACHINE_RULES,
  REMOTE_RULES,
  SECTION_RULES,
  type ConfigRule,
  type SectionRules,
} from "./config-schema.ts";
import { splitSectionName } from "./config-text.ts";
import type { ConfigValue } from "./config-value.ts";

/** A value with where it stands. */
export interface PlacedValue {
  readonly value: ConfigValue;
  /** The file, absolute. */
  readonly path: string;
  /** The first being 1; `undefined` for a value that comes from elsewhere than a file. */
  readonly line: number | undefined;
}

/** Values by section and key. */
export type PlacedSections = ReadonlyMap<string, ReadonlyMap<string, PlacedValue>>;

const LINK_TYPES: readonly string[] = ["reflink", "hardlink", "symlink", "copy"];
const NAMED_KINDS = ["remote", "machine", "db"];

/**
 * Checks a configuration against what DVC knows: sections, keys and kinds of values.
 *
 * @param sections - Of all levels together: what a remote may hold depends on its URL, which another level may give.
 * @throws {@link CacheConfigError} for the first thing that DVC would refuse, with file, line and the nearest word.
 */
export function checkConfig(sections: PlacedSections): void {
  for (const [section, values] of sections) {
    const rules = findRules(section, values);
    if (rules === "any") continue;
    for (const [key, placed] of values) {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
      if (rule !== undefined) checkValue(section, key, placed, rule);
      // What DVC tries out comes and goes: it warns of such keys and reads on.
      else if (section !== "feature") throw unknownKey(section, key, placed, Object.keys(rules));
    }
    if (values.has("config_dir") && values.has("config_module")) {
      throw failure("only one of 'config_dir' and 'config_module' can be set", values.get("config_module"));
    }
  }
}

/**
 * Checks settings that go with a URL: those a remote with such a URL may have.
 *
 * @throws {@link UrlSettingsError} for the first that DVC would refuse, which it does even to read a file with it.
 */
export function checkUrlSettings(url: string, settings: ReadonlyMap<string, string>): void {
  const values = new Map([["url", url], ...settings].map(([key = "", value = ""]) => [key, { value, ...NOWHERE }]));
  try {
    checkConfig(new Map([['remote "url"', values]]));
  } catch (error) {
    if (!(error instanceof CacheConfigError)) throw error;
    throw new UrlSettingsError(url, error.message.slice(`${NOWHERE.path}: `.length), error.hint);
  }
}

const NOWHERE = { path: "url", line: undefined } as const;

/** Returns the scheme that decides what a remote may hold: that of its URL, empty for a path. */
export function remoteScheme(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(?=[^/?#])/iu.exec(url);
  return match?.[1]?.toLowerCase() ?? "";
}

function findRules(section: string, values: ReadonlyMap<string, PlacedValue>): SectionRules | "any" {
  const { kind, name } = splitSectionName(section);
  const first = values.values().next().value;
  if (name === undefined) {
    const rules = Object.hasOwn(SECTION_RULES, kind) ? SECTION_RULES[kind] : undefined;
    if (rules !== undefined) return rules;
    if (first === undefined) return {};
    throw unknownSection(kind, first);
  }
  if (kind === "db") return DB_RULES;
  if (kind === "machine") return MACHINE_RULES;
  const url = values.get("url");
  if (url === undefined) {
    throw failure(`remote '${name}' has no 'url'`, first, `Set one: \`waymark remote modify ${name} url …\`.`);
  }
  const scheme = remoteScheme(typeof url.value === "string" ? url.value : url.value.join(","));
  // It stands for another remote, whose scheme decides.
  if (scheme === "remote") return "any";
  if (!Object.hasOwn(REMOTE_RULES, scheme)) {
    const known = Object.keys(REMOTE_RULES).filter((word) => word !== "");
    throw failure(
      `remote '${name}' has a URL of the unknown kind '${scheme}://'`,
      url,
      `Known are a path, ${known.join(", ")}.`,
    );
  }
  return REMOTE_RULES[scheme] as SectionRules;
}

function checkValue(section: string, key: string, placed: PlacedValue, rule: ConfigRule): void {
  const { value } = placed;
  if (rule === "link-types") {
    const types = typeof value === "string" ? value.split(",").map((type) => type.trim()) : value;
    const wrong = types.find((type) => !LINK_TYPES.includes(type));
    if (wrong === undefined) return;
    throw failure(`'${wrong}' is not a link type`, placed, `Use ${LINK_TYPES.join(", ")}.`);
  }
  const expected = describeMismatch(value, rule);
  if (expected === undefined) return;
  const shown = isSecretKey(key) || typeof value !== "string" ? "" : `, not '${value}'`;
  throw failure(`'${key}' of section '${section}' must be ${expected}${shown}`, placed);
}

/** Says what a value should be; `undefined` when it is that. */
function describeMismatch(value: ConfigValue, rule: Exclude<ConfigRule, "link-types">): string | undefined {
  if (typeof value !== "string") return "one value, in quotes when it has a comma";
  if (typeof rule !== "string") return rule.includes(value.toLowerCase()) ? undefined : rule.join(" or ");
  switch (rule) {
    case "text":
    case "boolean-or-text":
      return undefined;
    case "boolean":
      return /^(?:true|false)$/iu.test(value) ? undefined : "true or false";
    case "whole":
      return /^\s*[+-]?\d+\s*$/u.test(value) ? undefined : "a whole number";
    case "positive":
      return /^\s*\+?\d+\s*$/u.test(value) && Number(value) >= 1 ? undefined : "a whole number from 1";
    case "number":
      return isNumber(value) ? undefined : "a number";
    case "seconds":
      return isNumber(value) && Number(value) >= 0 ? undefined : "a number of seconds";
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function unknownSection(section: string, place: PlacedValue): CacheConfigError {
  const known = [...Object.keys(SECTION_RULES), ...NAMED_KINDS.map((kind) => `${kind} "NAME"`)];
  const similar = suggestWords(section, known);
  return failure(
    `there is no section '${section}'`,
    place,
    similar.length > 0 ? `Did you mean ${orWords(similar)}?` : `Sections are ${known.join(", ")}.`,
  );
}

function unknownKey(section: string, key: string, place: PlacedValue, known: readonly string[]): CacheConfigError {
  const similar = suggestWords(key, known);
  return failure(
    `there is no key '${key}' in section '${section}'`,
    place,
    similar.length > 0 ? `Did you mean ${orWords(similar)}?` : `Keys are ${known.toSorted().join(", ")}.`,
  );
}

function failure(reason: string, place: PlacedValue | undefined, hint?: string): CacheConfigError {
  const where = place === undefined ? "config" : place.line === undefined ? place.path : `${place.path}:${place.line}`;
  return new CacheConfigError(reason, where, hint);
}

function orWords(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" or ");
}
