/** What stands at a path. */
export type EntryKind = "file" | "folder" | undefined;

/**
 * The files of a project at one moment: those of a commit, or those of the work tree. Paths are relative to the
 * project's root with `/` between parts; the root is the empty string.
 */
export interface RevisionSource {
  /** Where the project's root lies on this machine, absolute; `undefined` where it lies nowhere. */
  readonly root: string | undefined;
  /** Changes whenever content may have changed; for remembering what was parsed. `undefined`: never the same. */
  contentId(path: string): Promise<string | undefined>;
  kind(path: string): Promise<EntryKind>;
  /** Returns the content of a file, a symbolic link followed inside the project; `undefined` when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Lists every file at and below a folder. */
  listFiles(folder: string): Promise<readonly string[]>;
  /** Lists every `dvc.yaml` and `*.dvc` file of the project, those of projects inside it left out. */
  listProjectFiles(): Promise<readonly string[]>;
}

/** Tells whether a file defines stages or data. */
export function isProjectFile(name: string): boolean {
  return name === "dvc.yaml" || (name.endsWith(".dvc") && name !== ".dvc");
}
