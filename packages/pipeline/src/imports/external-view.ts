import type { DirectoryEntry } from "@waymark/store";
import { ExternalPathError } from "./external-errors.ts";
import type { ExternalContent, ExternalData, ExternalObject } from "./external-data.ts";
import type { ExternalFile } from "./external-files.ts";
import type { ExternalProject, ExternalRepo } from "./external-repo.ts";
import { folderOf, isAtOrBelow, joinProjectPath } from "../project/posix-path.ts";
import type { StageOutput } from "../project/project.ts";

/** A file or folder of another repository, whether Git keeps it or DVC. */
export interface ExternalEntry {
  /** Relative to the repository's root; empty for the root. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Data: an output, or something inside of one. */
  readonly isOut: boolean;
  readonly isExecutable: boolean;
  readonly sizeBytes: number | undefined;
  /** As recorded, `.dir` at the end for a folder; `undefined` for what Git keeps, and folders inside of outputs. */
  readonly md5: string | undefined;
  /** Where the bytes of a file are; `undefined` for folders, and for outputs of which nothing is recorded. */
  readonly content: ExternalContent | undefined;
}

interface KnownOutput {
  readonly path: string;
  readonly out: StageOutput;
  readonly project: ExternalProject;
}

/** Git's files and DVC's data of another repository as one tree. */
export class ExternalView {
  readonly #repo: ExternalRepo;
  readonly #data: ExternalData;
  readonly #outputs: ReadonlyMap<string, KnownOutput>;
  /** Folders that are there because of an output below them. */
  readonly #above: ReadonlyMap<string, ReadonlySet<string>>;

  private constructor(repo: ExternalRepo, data: ExternalData, outputs: readonly KnownOutput[]) {
    this.#repo = repo;
    this.#data = data;
    this.#outputs = new Map(outputs.map((output) => [output.path, output]));
    const above = new Map<string, Set<string>>();
    for (const { path } of outputs) {
      for (let at = path; at !== ""; at = folderOf(at)) {
        const names = above.get(folderOf(at)) ?? new Set<string>();
        above.set(folderOf(at), names.add(at));
      }
    }
    this.#above = above;
  }

  /** Reads what all projects of a repository record. */
  static async read(repo: ExternalRepo, data: ExternalData): Promise<ExternalView> {
    const projects = await repo.projects();
    const outputs = projects.flatMap((project) =>
      project.project.stages.flatMap(({ outs }) =>
        outs
          .filter((out) => out.isCached && !out.path.includes("://") && !out.path.startsWith("/"))
          .map((out) => ({ path: joinProjectPath(project.folder, out.path), out, project })),
      ),
    );
    return new ExternalView(repo, data, outputs);
  }

  /** Tells whether there is an output at or below a path, or it lies in one. */
  hasData(path: string): boolean {
    return this.#above.has(path) || this.#outputFor(path) !== undefined;
  }

  /**
   * Returns what is at a path.
   *
   * @throws {@link ExternalPathError} for nothing.
   */
  async require(path: string): Promise<ExternalEntry> {
    const entry = await this.find(path);
    if (entry === undefined) throw new ExternalPathError(path, this.#repo.url);
    return entry;
  }

  /** Returns what is at a path; `undefined` for nothing. */
  async find(path: string): Promise<ExternalEntry | undefined> {
    if (path.startsWith("../") || path === "..") return undefined;
    const file = this.#repo.files.find(path);
    const known = this.#outputFor(path);
    if (known === undefined) {
      if (file !== undefined) return gitEntry(path, file);
      return this.#above.has(path) ? folderEntry(path, false, undefined) : undefined;
    }
    const { out } = known;
    if (path === known.path) return outputEntry(known, file);
    // Not recorded, or recorded as a file: nothing can be inside of it but what is on disk.
    if (out.hash?.endsWith(".dir") !== true) return file === undefined ? undefined : gitEntry(path, file, true);
    const relpath = path.slice(known.path.length + 1);
    const manifest = await this.#manifest(known);
    const item = manifest.find((entry) => entry.relpath === relpath);
    if (item !== undefined) return itemEntry(path, item, known, file);
    return manifest.some((entry) => isAtOrBelow(entry.relpath, relpath)) ? folderEntry(path, true, file) : undefined;
  }

  /** Returns the object of an output, or of a file inside of one; `undefined` for what Git keeps. */
  async objectAt(path: string): Promise<ExternalObject | undefined> {
    const known = this.#outputs.get(path);
    if (known?.out.hash !== undefined && known.out.hash !== null) return objectOf(known, known.out.hash);
    const content = (await this.find(path))?.content;
    return content?.kind === "object" ? content.object : undefined;
  }

  /** Lists what lies directly in a folder, by code point. */
  async children(folder: string): Promise<readonly ExternalEntry[]> {
    const known = this.#outputFor(folder);
    const paths = new Set(
      known?.out.hash?.endsWith(".dir") === true
        ? await this.#namesInOutput(folder, known)
        : [
            ...this.#repo.files.children(folder).map(({ name }) => (folder === "" ? name : `${folder}/${name}`)),
            ...(this.#above.get(folder) ?? []),
          ],
    );
    const sorted = [...paths].toSorted(compareCodePoints);
    const entries = await Promise.all(sorted.map((path) => this.find(path)));
    return entries.filter((entry) => entry !== undefined);
  }

  /** Lists the files at and below a path; of those in a folder, what only describes data is left out, as in DVC. */
  async files(path: string): Promise<readonly ExternalEntry[]> {
    const entry = await this.require(path);
    return this.#filesOf(entry);
  }

  async #filesOf(entry: ExternalEntry): Promise<readonly ExternalEntry[]> {
    if (!entry.isFolder) return [entry];
    const known = this.#outputFor(entry.path);
    if (known?.out.hash?.endsWith(".dir") === true) {
      const manifest = await this.#manifest(known);
      return manifest
        .map((item) => ({ item, path: `${known.path}/${item.relpath}` }))
        .filter(({ path }) => isAtOrBelow(path, entry.path))
        .map(({ item, path }) => itemEntry(path, item, known, undefined));
    }
    const children = (await this.children(entry.path)).filter((child) => child.isOut || !isDescription(child.path));
    return (await Promise.all(children.map((child) => this.#filesOf(child)))).flat();
  }

  async #namesInOutput(folder: string, known: KnownOutput): Promise<readonly string[]> {
    const start = folder === known.path ? 0 : folder.length - known.path.length;
    return (await this.#manifest(known))
      .filter(({ relpath }) => isAtOrBelow(`${known.path}/${relpath}`, folder))
      .map(({ relpath }) => `${folder}/${relpath.slice(start).split("/")[0] ?? ""}`);
  }

  #manifest(known: KnownOutput): Promise<readonly DirectoryEntry[]> {
    return this.#data.readManifest(known.path, objectOf(known, known.out.hash ?? ""));
  }

  #outputFor(path: string): KnownOutput | undefined {
    for (let at = path; at !== ""; at = folderOf(at)) {
      const known = this.#outputs.get(at);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

/** Orders text as Python does. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isDescription(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.endsWith(".dvc") || name === "dvc.yaml" || name === ".dvcignore";
}

function gitEntry(path: string, file: ExternalFile, isOut = false): ExternalEntry {
  const { isFolder, isExecutable, sizeBytes, blob, diskPath } = file;
  const content: ExternalContent | undefined = isFolder
    ? undefined
    : blob !== undefined
      ? { kind: "blob", id: blob }
      : { kind: "disk", path: diskPath ?? "" };
  return { path, isFolder, isOut, isExecutable, sizeBytes, md5: undefined, content };
}

function folderEntry(path: string, isOut: boolean, file: ExternalFile | undefined): ExternalEntry {
  const sizeBytes = file?.sizeBytes;
  return { path, isFolder: true, isOut, isExecutable: false, sizeBytes, md5: undefined, content: undefined };
}

function outputEntry(known: KnownOutput, file: ExternalFile | undefined): ExternalEntry {
  const { out, path } = known;
  const recorded = out.hash === null ? undefined : { kind: "object", object: objectOf(known, out.hash) };
  const isFolder = out.hash === null ? (file?.isFolder ?? false) : out.hash.endsWith(".dir");
  return {
    ...{ path, isFolder, isOut: true, md5: out.hash ?? undefined },
    isExecutable: file?.isExecutable ?? out.isExecutable,
    sizeBytes: file?.sizeBytes ?? out.sizeBytes ?? undefined,
    content: isFolder ? undefined : (recorded as ExternalContent | undefined),
  };
}

function itemEntry(
  path: string,
  item: DirectoryEntry,
  known: KnownOutput,
  file: ExternalFile | undefined,
): ExternalEntry {
  return {
    ...{ path, isFolder: false, isOut: true, isExecutable: file?.isExecutable ?? false },
    ...{ sizeBytes: file?.sizeBytes, md5: item.md5, content: { kind: "object", object: objectOf(known, item.md5) } },
  };
}

function objectOf({ out, project }: KnownOutput, md5: string): ExternalObject {
  return { md5, isLegacy: out.isLegacy, remote: out.remote, project };
}
