import { suggestWords } from "@waymark/core/suggest";
import { CompositionError, InvalidOverrideError } from "../errors.ts";
import { type Override, overrideKey, overrideValue } from "../override.ts";
import type { ConfigValue } from "../values.ts";
import type { ConfigRepository } from "./config-repository.ts";
import { DefaultItem } from "./default-item.ts";

type Option = string | null | readonly string[];

/** An option chosen for a group, by the command line or by `override` in a defaults list. */
interface Choice {
  readonly value: Option;
  /** The config that overrides it; `undefined` for the command line. */
  readonly from: string | undefined;
  isUsed: boolean;
}

/** What overrides say about groups, and what defaults lists made of it. */
export class GroupChoices {
  /** Overrides of values. */
  readonly values: readonly Override[];
  /** Groups added by `+group=option`. */
  readonly appended: readonly DefaultItem[];
  readonly #choices = new Map<string, Choice>();
  readonly #deletions = new Map<string, { readonly option: string | null; isUsed: boolean }>();
  /** Options in use, by key of the group. */
  readonly known = new Map<string, string | null>();
  readonly #keysOfGroup = new Map<string, Set<string>>();

  constructor(repository: ConfigRepository, overrides: readonly Override[]) {
    const values: Override[] = [];
    const appended: DefaultItem[] = [];
    for (const override of overrides) {
      const value = overrideValue(override);
      if (value instanceof Map || !repository.isGroup(override.key)) values.push(override);
      else if (override.action === "delete")
        this.#deletions.set(overrideKey(override).slice(1), deletion(override, value));
      else if (override.action === "force-add") {
        throw new InvalidOverrideError(
          override.text,
          "a config group is not added by ++",
          `Write ${override.text.slice(1)}.`,
        );
      } else if (override.action === "add") appended.push(appendedItem(override, optionOf(override, value)));
      else
        this.#choices.set(overrideKey(override), { value: optionOf(override, value), from: undefined, isUsed: false });
    }
    this.values = values;
    this.appended = appended;
  }

  /** Notes an `override` of a defaults list; the first one counts, and the command line before all. */
  addOverride(item: DefaultItem, from: string): void {
    const key = item.overrideKey;
    const value = item.target.kind === "group" ? item.target.value : null;
    if (!this.#choices.has(key)) this.#choices.set(key, { value, from, isUsed: false });
  }

  /** Gives an item the option that was chosen instead of its own. */
  applyTo(item: DefaultItem): void {
    const choice = item.target.kind === "group" ? this.#choices.get(item.overrideKey) : undefined;
    if (choice === undefined || item.target.kind !== "group") return;
    item.target.value = choice.value;
    choice.isUsed = true;
  }

  /** Tells whether an item was deleted on the command line, and notes that it was there. */
  takeDeletion(item: DefaultItem): boolean {
    const found = item.target.kind === "group" ? this.#deletions.get(item.overrideKey) : undefined;
    if (found === undefined || (found.option !== null && found.option !== item.name)) return false;
    found.isUsed = true;
    return true;
  }

  /** Notes the option of a group. */
  addKnown(item: DefaultItem): void {
    if (item.target.kind !== "group") return;
    const key = item.overrideKey;
    const name = item.name ?? null;
    if (!this.known.has(key)) this.known.set(key, name);
    else if (this.known.get(key) !== name) {
      throw new CompositionError(`'${key}' has several options: ${this.known.get(key) ?? "null"} and ${name}`, {
        hint: `Replace an option with 'override ${key}: ${name}' at the end of the defaults list.`,
      });
    }
    const keys = this.#keysOfGroup.get(item.groupPath) ?? new Set();
    this.#keysOfGroup.set(item.groupPath, keys.add(key));
  }

  /** @throws {@link CompositionError} for overrides and deletions that met nothing. */
  refuseUnused(): void {
    for (const [key, choice] of this.#choices) {
      if (choice.isUsed) continue;
      const group = key.replace(/@.*$/s, "");
      const similar = [...(this.#keysOfGroup.get(group) ?? suggestWords(group, [...this.known.keys()]))];
      const meant = similar.length === 0 ? "" : `Did you mean ${similar.toSorted().join(" or ")}? `;
      const place = choice.from === undefined ? "" : `In '${choice.from}': `;
      const addition = choice.from === undefined ? `Write +${key}=${String(choice.value)} to add it.` : "";
      throw new CompositionError(`${place}cannot override '${key}': no defaults list has it`, {
        hint: `${meant}${addition}`.trim() || undefined,
      });
    }
    for (const [key, { option, isUsed }] of this.#deletions) {
      if (isUsed) continue;
      throw new CompositionError(
        `Cannot delete '${key}${option === null ? "" : `=${option}`}': no defaults list has it`,
      );
    }
  }
}

function deletion(override: Override, value: ConfigValue | undefined): { option: string | null; isUsed: boolean } {
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw new InvalidOverrideError(override.text, "the option of a group has to be text");
  }
  return { option: value ?? null, isUsed: false };
}

function appendedItem(override: Override, value: Option): DefaultItem {
  const target = { kind: "group", group: override.key, value } as const;
  return new DefaultItem({ ...target }, { package: override.package, isAppended: true });
}

function optionOf(override: Override, value: ConfigValue | undefined): string | readonly string[] {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new InvalidOverrideError(
    override.text,
    `'${override.key}' is a config group, and its option has to be text`,
    "Options that look like numbers go in quotes: group='1'.",
  );
}
