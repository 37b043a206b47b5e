import type { ContentCache, DirectoryEntry } from "@waymark/store";
import { readManifest } from "./manifest.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";

/** A file or folder of tracked data. */
export interface DataEntry {
  /** Relative to the project. */
  readonly path: string;
  /** `undefined` for a folder inside tracked data, and where nothing is recorded. */
  readonly hash: string | undefined;
  readonly isFolder: boolean;
  /** Hashed as DVC 2 did, which compares with nothing else. */
  readonly isLegacy: boolean;
}

/** A place in a {@link DataIndex}, and what lies below it. */
export interface DataNode {
  readonly entry: DataEntry | undefined;
  readonly children: Map<string, DataNode>;
  /** A folder whose manifest cannot be read: what is in it is not known. */
  isUnknown: boolean;
}

/** What a workspace holds at the path of an output. */
export interface DataContent {
  /** `.dir` at the end for a folder. */
  readonly md5: string;
  /** The files of a folder. */
  readonly manifest?: readonly DirectoryEntry[] | undefined;
}

/** Tracked data as a tree of folders: as recorded, or as it is in the workspace. */
export class DataIndex {
  readonly root: DataNode = newNode(undefined);

  /** Builds the tree of what outputs record; manifests come from the cache. Outputs that are not cached have no part. */
  static recorded(stages: readonly ProjectStage[], cache: ContentCache): DataIndex {
    const index = new DataIndex();
    for (const { stage, out } of cachedOutputs(stages)) {
      const hash = recordedHash(stage, out);
      const node = index.#add({
        path: out.path,
        hash,
        isFolder: hash?.endsWith(".dir") ?? false,
        isLegacy: out.isLegacy,
      });
      if (hash?.endsWith(".dir") !== true) continue;
      const files = readManifest(cache, hash);
      if (files === undefined) node.isUnknown = true;
      else index.#addFiles(out, files);
    }
    return index;
  }

  /**
   * Builds the tree of what stands in the workspace at the paths of outputs.
   *
   * @param contents - By path; what is not there is missing from it.
   */
  static ofWorkspace(stages: readonly ProjectStage[], contents: ReadonlyMap<string, DataContent>): DataIndex {
    const index = new DataIndex();
    for (const { out } of cachedOutputs(stages)) {
      const content = contents.get(out.path);
      if (content === undefined) continue;
      const { md5, manifest } = content;
      index.#add({ path: out.path, hash: md5, isFolder: md5.endsWith(".dir"), isLegacy: out.isLegacy });
      index.#addFiles(out, manifest ?? []);
    }
    return index;
  }

  #addFiles(out: StageOutput, files: readonly DirectoryEntry[]): void {
    for (const { relpath, md5 } of files) {
      this.#add({ path: `${out.path}/${relpath}`, hash: md5, isFolder: false, isLegacy: out.isLegacy });
    }
  }

  #add(entry: DataEntry): DataNode {
    let node = this.root;
    let path = "";
    const parts = entry.path.split("/");
    for (const [at, part] of parts.entries()) {
      path = path === "" ? part : `${path}/${part}`;
      const isLast = at === parts.length - 1;
      const own = isLast ? entry : { path, hash: undefined, isFolder: true, isLegacy: false };
      const known = node.children.get(part);
      if (known === undefined || isLast) {
        const made: DataNode = { entry: own, children: known?.children ?? new Map(), isUnknown: false };
        node.children.set(part, made);
        node = made;
      } else node = known;
    }
    return node;
  }
}

/** The outputs that have a part in an index: kept in the cache, inside the project. */
export function cachedOutputs(
  stages: readonly ProjectStage[],
): readonly { readonly stage: ProjectStage; readonly out: StageOutput }[] {
  return stages.flatMap((stage) =>
    stage.outs.filter((out) => out.isCached && isInProject(out.path)).map((out) => ({ stage, out })),
  );
}

/** Tells whether a path of the model lies in the project: not a URL, not absolute, not above. */
export function isInProject(path: string): boolean {
  return path !== "" && !path.includes("://") && !path.startsWith("/") && !isAtOrBelow(path, "..");
}

/** What was imported and not downloaded yet is known by what its source says. */
function recordedHash(stage: ProjectStage, out: StageOutput): string | undefined {
  const source = stage.name === undefined && stage.deps.length === 1 ? stage.deps[0] : undefined;
  return out.hash ?? (source?.kind === "path" ? source.hash : null) ?? undefined;
}

function newNode(entry: DataEntry | undefined): DataNode {
  return { entry, children: new Map(), isUnknown: false };
}
