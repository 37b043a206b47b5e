import { CompositionError } from "../errors.ts";
import type { ConfigMap, ConfigValue } from "../values.ts";
import type { ConfigRepository } from "./config-repository.ts";
import { DefaultItem } from "./default-item.ts";
import type { GroupChoices } from "./group-choices.ts";

/** A config of the final list, and where its content goes. */
export interface FinalDefault {
  readonly configPath: string;
  /** `""` for the root. */
  readonly package: string;
  readonly isSelf: boolean;
  readonly isPrimary: boolean;
  /** Key of its group; `undefined` for what is named by its path. */
  readonly overrideKey: string | undefined;
}

/** An item with what its own defaults list brings; `undefined` when it has none. */
interface Node {
  readonly item: DefaultItem;
  readonly parent: Node | undefined;
  children: Node[] | undefined;
}

const MAX_DEPTH = 100;

/**
 * Works out the final list of configs, in the order in which they are merged: depth first, each config where its
 * `_self_` stands.
 *
 * A list is gone through from its end, because overrides stand there; names with interpolations wait until all other
 * choices of their list are known.
 *
 * @throws {@link CompositionError}
 */
export function listDefaults(repository: ConfigRepository, name: string, choices: GroupChoices): FinalDefault[] {
  const items = [
    new DefaultItem({ kind: "config", path: "hydra/config" }),
    new DefaultItem({ kind: "config", path: name }, { isPrimary: true }),
  ];
  const tree = new DefaultsTree(repository, choices);
  const nodes = items.toReversed().map((item) => tree.grow({ item, parent: undefined, children: undefined }, 0, false));
  choices.refuseUnused();
  const list = nodes.toReversed().flatMap(flatten);
  refuseDuplicates(list);
  return list;
}

class DefaultsTree {
  readonly #repository: ConfigRepository;
  readonly #choices: GroupChoices;

  constructor(repository: ConfigRepository, choices: GroupChoices) {
    this.#repository = repository;
    this.#choices = choices;
  }

  grow(node: Node, depth: number, isInterpolated: boolean): Node {
    const { item } = node;
    if (depth > MAX_DEPTH) throw new CompositionError(`The defaults lists lead from '${item.configPath}' on and on`);
    const isRoot = node.parent === undefined;
    if (isRoot) item.setParent("", "");
    const loaded = item.isMissing || item.name === null ? undefined : this.#repository.load(item.configPath);
    if (loaded?.package !== undefined) item.setPackageHeader(loaded.package);
    if (this.#choices.takeDeletion(item)) {
      item.isDeleted = true;
      return node;
    }
    this.#choices.addKnown(item);
    if (item.name === null) return node;
    if (item.configPath.endsWith("???")) throw this.#unchosen(item);
    if (loaded === undefined) {
      if (!item.isOptional) throw this.#notFound(node);
      item.isDeleted = true;
      return node;
    }
    const list = loaded.defaults.map((child) => child.copy());
    const hasAppended = item.isPrimary && this.#choices.appended.length > 0;
    const isSelfAdded = (list.length > 0 || hasAppended) && addSelf(item, list);
    if (item.isPrimary) list.push(...this.#choices.appended.map((child) => child.copy()));
    this.#noteOverrides(item, list, isInterpolated);
    const children = this.#children(node, list, depth, isInterpolated);
    this.#resolveNames(node, children, list, depth, isSelfAdded);
    if (children.length > 0) node.children = children.toReversed();
    return node;
  }

  #noteOverrides(parent: DefaultItem, list: readonly DefaultItem[], isInterpolated: boolean): void {
    let last: DefaultItem | undefined;
    for (const item of list) {
      if (item.isSelf) continue;
      item.setParent(parent.groupPath, parent.finalPackage);
      if (last !== undefined && !item.isOverride && !item.isAppended) {
        throw new CompositionError(
          `In '${parent.configPath}': the override of '${last.overrideKey}' stands before '${item.overrideKey}'`,
          { hint: "Overrides go to the end of a defaults list." },
        );
      }
      if (!item.isOverride) continue;
      last = item;
      if (isInterpolated) {
        throw new CompositionError(
          `In '${parent.configPath}': a config that an interpolation chose cannot override groups`,
        );
      }
      this.#choices.addOverride(item, parent.configPath);
    }
  }

  /** Grows what a list names, from its end; the result is in that order, too. */
  #children(node: Node, list: readonly DefaultItem[], depth: number, isInterpolated: boolean): Node[] {
    const parent = node.item;
    return list.toReversed().flatMap((item): Node[] => {
      const leaf = { item, parent: node, children: undefined };
      if (item.isSelf) {
        item.setParent(parent.parentFolder, parent.ownPackage);
        return [leaf];
      }
      if (item.isOverride) return [];
      item.setParent(parent.groupPath, parent.finalPackage);
      this.#choices.applyTo(item);
      const { target } = item;
      if (target.kind === "group" && Array.isArray(target.value)) {
        return (target.value as readonly string[]).toReversed().map((option) => {
          return this.grow(this.#option(node, item, `${target.group}/${option}`), depth + 1, isInterpolated);
        });
      }
      return [item.isInterpolated ? leaf : this.grow(leaf, depth + 1, isInterpolated)];
    });
  }

  /** One of several options of a group is a config like one named by its path. */
  #option(node: Node, item: DefaultItem, path: string): Node {
    if (path.includes("${")) {
      throw new CompositionError(`In '${node.item.configPath}': a list of options takes no interpolation`);
    }
    const options = { package: item.package, isOptional: item.isOptional };
    const config = new DefaultItem({ kind: "config", path }, options);
    config.setParent(node.item.groupPath, node.item.finalPackage);
    return { item: config, parent: node, children: undefined };
  }

  #resolveNames(node: Node, children: Node[], list: readonly DefaultItem[], depth: number, isSelfAdded: boolean): void {
    const waiting = children.filter(({ item }) => item.isInterpolated && !item.isSelf);
    if (waiting.length === 0) return;
    const choices: ConfigMap = new Map(this.#choices.known);
    choices.set(
      "defaults",
      list.filter((item) => !(isSelfAdded && item.isSelf)).map((item) => describe(item)),
    );
    for (const child of waiting) {
      child.item.resolve(choices);
      child.item.setParent(node.item.groupPath, node.item.finalPackage);
      this.grow(child, depth + 1, true);
    }
  }

  #unchosen(item: DefaultItem): CompositionError {
    const options = this.#repository.options(item.groupPath) ?? [];
    return new CompositionError(`An option has to be chosen for '${item.overrideKey}'`, {
      hint: `Write -S ${item.overrideKey}=${options[0] ?? "OPTION"}${options.length > 1 ? `; there are ${options.join(", ")}` : ""}.`,
    });
  }

  #notFound({ item, parent }: Node): CompositionError {
    const place = parent === undefined ? "" : `In '${parent.item.configPath}': `;
    const folders = this.#repository.sources.map(({ name }) => name).join(", ");
    const options = item.target.kind === "group" ? (this.#repository.options(item.groupPath) ?? []) : [];
    const hint = options.length === 0 ? undefined : `Options of '${item.groupPath}' are ${options.join(", ")}.`;
    return new CompositionError(`${place}there is no config '${item.configPath}' in ${folders}`, { hint });
  }
}

function addSelf(item: DefaultItem, list: DefaultItem[]): boolean {
  const selves = list.filter((child) => child.isSelf).length;
  if (selves > 1) throw new CompositionError(`In '${item.configPath}': _self_ stands twice`);
  const isNeeded = (selves === 0 && list.some((child) => !child.isOverride)) || list.length === 0;
  if (isNeeded) list.push(new DefaultItem({ kind: "config", path: "_self_" }));
  return selves === 0;
}

function describe(item: DefaultItem): ConfigValue {
  if (item.target.kind === "config") return item.configPath;
  const { value } = item.target;
  return new Map([
    [item.overrideKey, Array.isArray(value) ? [...(value as readonly string[])] : (value as string | null)],
  ]);
}

function flatten(node: Node): FinalDefault[] {
  if (node.children !== undefined) return node.children.flatMap(flatten);
  const { item, parent } = node;
  if (item.isDeleted || item.isMissing || item.name === null || item.name === undefined) return [];
  // What stands for itself is merged as the config that lists it.
  const meant = item.isSelf && parent !== undefined ? parent.item : item;
  return [
    {
      configPath: meant.configPath,
      package: meant.finalPackage,
      isSelf: item.isSelf,
      isPrimary: meant.isPrimary,
      overrideKey: !item.isSelf && item.target.kind === "group" ? item.overrideKey : undefined,
    },
  ];
}

function refuseDuplicates(list: readonly FinalDefault[]): void {
  const keys = new Set<string>();
  for (const { overrideKey } of list) {
    if (overrideKey === undefined) continue;
    if (keys.has(overrideKey)) throw new CompositionError(`'${overrideKey}' is in the final defaults list twice`);
    keys.add(overrideKey);
  }
}
