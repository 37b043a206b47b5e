import { DefaultItem } from "./default-item.ts";

/** Hydra's own groups, with the options it brings. What they set belongs to Hydra, and is no part of the result. */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ["output", ["default"]],
  ["launcher", ["basic"]],
  ["sweeper", ["basic"]],
  ["help", ["default"]],
  ["hydra_help", ["default"]],
  ["hydra_logging", ["default", "disabled", "hydra_debug", "none"]],
  ["job_logging", ["default", "disabled", "none", "stdout"]],
  ["callbacks", []],
  ["env", ["default"]],
]);

/** The defaults list that comes before that of any program. */
export const HYDRA_DEFAULTS: readonly DefaultItem[] = [
  ...[...GROUPS].map(([group, [first = null]]) => new DefaultItem({ kind: "group", group, value: first })),
  new DefaultItem({ kind: "config", path: "_self_" }),
];

/** Tells whether a path is a group of Hydra itself, such as `hydra/launcher`. */
export function isHydraGroup(path: string): boolean {
  return path.startsWith("hydra/") && GROUPS.has(path.slice("hydra/".length));
}

/** Tells whether a path is a config that Hydra brings. */
export function isHydraOption(path: string): boolean {
  const [hydra, group = "", option = "", ...rest] = path.split("/");
  return hydra === "hydra" && rest.length === 0 && (GROUPS.get(group)?.includes(option) ?? false);
}
