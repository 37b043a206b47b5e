import { readFile } from "node:fs/promises";
import { isErrno } from "@waymark/files";
import type { ContentCache } from "@waymark/store";
import { isAtOrBelow } from "./posix-path.ts";
import type { Project, StageOutput } from "./project.ts";
import type { EntryKind, RevisionSource } from "./revision-source.ts";

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
    if (hash === undefined) return undefined;
    return hash.endsWith(".dir") ? "folder" : "file";
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
    const hash = files.length > 0 ? undefined : this.#cachedHash(folder);
    if (hash?.endsWith(".dir") !== true || this.#cache?.has(hash) !== true) return files;
    return this.#cache.readDirectory(hash).map((entry) => `${folder}/${entry.relpath}`);
  }

  /** The hash of an output, or of a file in an output that is a folder. */
  #cachedHash(path: string): string | undefined {
    const output = this.#outputs.find((out) => out.isCached && out.hash !== null && isAtOrBelow(path, out.path));
    if (output === undefined || output.hash === null) return undefined;
    if (output.path === path) return output.hash;
    if (!output.hash.endsWith(".dir") || this.#cache?.has(output.hash) !== true) return undefined;
    const relpath = path.slice(output.path.length + 1);
    return this.#cache.readDirectory(output.hash).find((entry) => entry.relpath === relpath)?.md5;
  }
}
