import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCore } from "#lazy";
import { InvalidArtifactNameError, InvalidDataTypeError, InvalidOptionError } from "../errors.ts";
import type { ArtifactOptions } from "../options.ts";
import { checkOutside } from "./check-arguments.ts";
import type { ArtifactEntry, Registry } from "./registry.ts";
import type { Trouble } from "./trouble.ts";

export interface ArtifactLogOptions {
  readonly cwd: string;
  readonly dir: string;
  readonly registry: Registry;
  readonly trouble: Trouble;
  /** Lets a file go to the content cache; answers false where there is none. */
  readonly cache: (path: string) => boolean;
  /** Another rank logs: everything is checked and nothing done. */
  readonly isSilent: boolean;
}

/** What DVC accepts as the id of an artifact. */
const ID = /^[A-Za-z0-9](?:[A-Za-z0-9/_-]*[A-Za-z0-9])?$/;

/** Records files and folders a run produced: copied, cached and described, each as asked. */
export class ArtifactLog {
  readonly #options: ArtifactLogOptions;

  constructor(options: ArtifactLogOptions) {
    this.#options = options;
  }

  log(path: string | URL, options: ArtifactOptions): void {
    const { cwd, isSilent, registry, trouble } = this.#options;
    if (typeof path !== "string" && !(path instanceof URL)) {
      throw new InvalidDataTypeError("artifact", path, "Pass the path of a file or folder.");
    }
    if (path === "" || (path instanceof URL && path.protocol !== "file:")) {
      throw new InvalidOptionError("path", String(path), "the path of a file or folder");
    }
    const source = path instanceof URL ? fileURLToPath(path) : resolve(cwd, path);
    checkOutside(this.#options.dir, source);
    const description = describe(source, options);
    if (isSilent) return;
    if (!existsSync(source)) {
      trouble.warn(`artifact ${source}`, `The artifact '${String(path)}' does not exist: nothing is recorded of it.`);
      return;
    }
    let kept = source;
    const isCopied =
      options.copy !== true ||
      trouble.attempt(`artifact ${source}`, `copy '${source}'`, () => {
        kept = this.#copy(source);
      });
    if (!isCopied) return;
    if ((options.cache ?? true) && !this.#options.cache(kept)) {
      trouble.warn(
        "artifact cache",
        "Artifacts are not put into a content cache, because this run is not saved in Git.",
      );
    }
    if (description !== undefined) registry.setArtifact(description.id, { path: kept, ...description.entry });
  }

  /** Copies beside the target and renames, so that an interrupted copy is never taken for the artifact. */
  #copy(source: string): string {
    const folder = join(this.#options.dir, "artifacts");
    const target = join(folder, basename(source));
    if (target === source) return target;
    const unfinished = join(folder, `.${basename(source)}.copying`);
    mkdirSync(folder, { recursive: true });
    rmSync(unfinished, { recursive: true, force: true });
    cpSync(source, unfinished, { recursive: true, dereference: true, preserveTimestamps: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
    return target;
  }
}

/** What dvc.yaml is to say of an artifact; `undefined` when nothing was said of it. */
function describe(
  path: string,
  options: ArtifactOptions,
): { readonly id: string; readonly entry: Omit<ArtifactEntry, "path"> } | undefined {
  const { type, name, desc, labels, meta } = options;
  for (const [option, value] of Object.entries({ type, name, desc })) {
    if (value !== undefined && typeof value !== "string") throw new InvalidOptionError(option, value, "text");
  }
  for (const [option, value] of Object.entries({ copy: options.copy, cache: options.cache })) {
    if (value !== undefined && typeof value !== "boolean") throw new InvalidOptionError(option, value, "true or false");
  }
  if (labels !== undefined && (!Array.isArray(labels) || labels.some((label) => typeof label !== "string"))) {
    throw new InvalidOptionError("labels", labels, "a list of texts");
  }
  if (name !== undefined && !ID.test(name)) throw new InvalidArtifactNameError(name);
  const isDescribed = [type, name, desc].some(Boolean) || labels !== undefined || meta !== undefined;
  if (!isDescribed) return undefined;
  const plainMeta = meta === undefined ? undefined : loadCore().coerceParam("meta", meta);
  if (plainMeta !== undefined && (typeof plainMeta !== "object" || plainMeta === null || Array.isArray(plainMeta))) {
    throw new InvalidOptionError("meta", meta, "an object");
  }
  return {
    id: name ?? idOf(path),
    entry: {
      ...(type === undefined ? {} : { type }),
      ...(desc === undefined ? {} : { desc }),
      ...(labels === undefined ? {} : { labels: [...labels] }),
      ...(plainMeta === undefined ? {} : { meta: { ...plainMeta } }),
    },
  };
}

/** Makes an id of a file's name: `epoch=3.ckpt` becomes `epoch-3`. */
function idOf(path: string): string {
  const stem = basename(path, extname(path));
  const id = stem.replaceAll(/[^A-Za-z0-9/_-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return id === "" ? "artifact" : id;
}
