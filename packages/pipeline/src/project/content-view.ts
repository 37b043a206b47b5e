import { readFile } from "node:fs/promises";
import { isErrno } from "@waymark/files";
import type { ContentCache, DirectoryEntry } from "@waymark/store";
import { isAtOrBelow } from "./posix-path.ts";
import type { Project, StageOutput } from "./project.ts";
import type { EntryKind, RevisionSource } from "./revision-source.ts";

interface CachedFolder {
  readonly output: StageOutput | undefined;
  readonly manifest: readonly DirectoryEntry[];
}

/** The files of a revision together with what its outputs keep in the cache, as DVC sees them. */
export class ContentView {
  readonly #source: RevisionSource;
  readonly #outputs: readonly StageOutput[];
  readonly #cache: ContentCache | undefined;

  constructor(source: RevisionSource, project: Project, cache: ContentCache | undefined) {
    this.#source = source;
    this.#outputs = project.stages.flatMap((stage) => stage.outs);
    this.#cache = cache;
  }

  /** Changes whenever the content may have changed; `undefined`: never the same. */
  async contentId(path: string): Promise<string | undefined> {
    return (await this.#source.contentId(path)) ?? this.#cachedHash(path);
  }

  async kind(path: string): Promise<EntryKind> {
    const kind = await this.#source.kind(path);
    if (kind !== undefined) return kind;
    const hash = this.#cachedHash(path);
    if (hash !== undefined) return hash.endsWith(".dir") ? "folder" : "file";
    return this.#cachedFiles(path).length > 0 ? "folder" : undefined;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const data = await this.#source.read(path);
    if (data !== undefined) return data;
    const hash = this.#cachedHash(path);
    if (hash === undefined || hash.endsWith(".dir") || this.#cache === undefined) return undefined;
    try {
      return await readFile(this.#cache.requireObject(hash, path));
    } catch (error) {
      if (isErrno(error, "ENOENT") || (error instanceof Error && error.name === "ObjectNotCachedError"))
        return undefined;
      throw error;
    }
  }

  /** Lists the files at and below a folder. */
  async listFiles(folder: string): Promise<readonly string[]> {
    const files = await this.#source.listFiles(folder);
    return files.length > 0 ? files : this.#cachedFiles(folder);
  }

  /** Lists the files at and below a folder that is an output, or lies in one; a folder has no object of its own there. */
  #cachedFiles(folder: string): readonly string[] {
    const { output, manifest } = this.#cachedFolder(folder);
    return manifest
      .map((entry) => `${output?.path ?? ""}/${entry.relpath}`)
      .filter((path) => path.startsWith(`${folder}/`));
  }

  /** The hash of an output, or of a file in an output that is a folder. */
  #cachedHash(path: string): string | undefined {
    const { output, manifest } = this.#cachedFolder(path);
    if (output?.path === path) return output.hash ?? undefined;
    const relpath = path.slice((output?.path.length ?? 0) + 1);
    return manifest.find((entry) => entry.relpath === relpath)?.md5;
  }

  /** The cached output that a path is or lies in, and the files of it when it is a folder. */
  #cachedFolder(path: string): CachedFolder {
    const output = this.#outputs.find((out) => out.isCached && out.hash !== null && isAtOrBelow(path, out.path));
    const hash = output?.hash ?? "";
    const isThere = hash.endsWith(".dir") && this.#cache?.has(hash) === true;
    return { output, manifest: isThere && this.#cache !== undefined ? this.#cache.readDirectory(hash) : [] };
  }
}
