/**
 * A folder of configurations, as it is at one time: what was read is not read again. Paths are relative to it, `/`
 * between parts; the folder itself is `""`.
 */
export interface ConfigSource {
  /** Named in errors. */
  readonly name: string;
  /** Text of a file; `undefined` when there is none. */
  readFile(path: string): string | undefined;
  /** Names in a folder; `undefined` when there is none. */
  listFolder(path: string): readonly { readonly name: string; readonly isFolder: boolean }[] | undefined;
}

/** Lists the configurations of a group, as `glob` sees them: sorted, without their ending. `undefined` for no group. */
export function listGroupOptions(sources: readonly ConfigSource[], group: string): string[] | undefined {
  const folders = sources.map((source) => source.listFolder(group)).filter((entries) => entries !== undefined);
  if (folders.length === 0) return undefined;
  const files = folders.flat().filter(({ name, isFolder }) => !isFolder && name.endsWith(".yaml"));
  return [...new Set(files.map(({ name }) => name.slice(0, -".yaml".length)))].toSorted();
}
