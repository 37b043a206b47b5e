import { type GitRepository, runGitSync, type TreeMode } from "@waymark/git";

/** A file as a tree has it. */
export interface TreeEntryOf {
  readonly mode: Exclude<TreeMode, "40000">;
  readonly id: string;
}

/** A file that differs between two trees; `undefined` on the side that lacks it. */
export interface TreeDifference {
  readonly path: string;
  readonly from: TreeEntryOf | undefined;
  readonly to: TreeEntryOf | undefined;
}

/** Compares two trees file by file, in name order; below `paths` only, when given. */
export function diffTrees(
  repo: GitRepository,
  from: string,
  to: string,
  paths: readonly string[] = [],
): TreeDifference[] {
  if (from === to) return [];
  const { stdout } = runGitSync(repo, [
    ...["--literal-pathspecs", "diff-tree", "-r", "-z", "--raw", "--no-renames", from, to, "--"],
    ...paths,
  ]);
  const fields = stdout.toString().split("\0");
  const differences: TreeDifference[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [fromMode = "", toMode = "", fromId = "", toId = ""] = (fields[at] ?? "").slice(1).split(" ");
    differences.push({ path: fields[at + 1] ?? "", from: toEntry(fromMode, fromId), to: toEntry(toMode, toId) });
  }
  return differences;
}

/** Compares two trees, given by their ids. */
export type Differ = (from: string, to: string) => readonly TreeDifference[];

/** Makes a {@link Differ} that remembers: trees are compared once, whichever of them comes first. */
export function differ(repo: GitRepository): Differ {
  const known = new Map<string, readonly TreeDifference[]>();
  return (from, to) => {
    const turned = known.get(`${to} ${from}`);
    const found =
      known.get(`${from} ${to}`) ??
      turned?.map((difference) => ({ path: difference.path, from: difference.to, to: difference.from })) ??
      diffTrees(repo, from, to);
    known.set(`${from} ${to}`, found);
    return found;
  };
}

/** Lists the files of a tree, or those below some paths of it. */
export function listTree(
  repo: GitRepository,
  tree: string,
  paths: readonly string[] = [],
): (TreeEntryOf & { readonly path: string })[] {
  const { stdout } = runGitSync(repo, [
    "--literal-pathspecs",
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    tree,
    "--",
    ...paths,
  ]);
  return stdout
    .toString()
    .split("\0")
    .flatMap((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", , id = ""] = line.slice(0, tab).split(" ");
      const entry = tab === -1 ? undefined : toEntry(mode, id);
      return entry === undefined ? [] : [{ ...entry, path: line.slice(tab + 1) }];
    });
}

function toEntry(mode: string, id: string): TreeEntryOf | undefined {
  switch (mode) {
    case "100644":
    case "100755":
    case "120000":
    case "160000":
      return { mode, id };
    default:
      return undefined;
  }
}
