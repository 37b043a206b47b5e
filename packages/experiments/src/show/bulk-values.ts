import { formatCompactPythonJson } from "@waymark/core/formats/python-json";
import { TrackerError } from "@waymark/core/errors";
import type { ObjectReader } from "@waymark/git";
import {
  CommitSource,
  makeRecipe,
  parseMetricsFile,
  parseParamsFile,
  type RevisionReader,
  type RevisionRecipe,
  TreeCache,
} from "@waymark/pipeline/revisions";
import { BulkTrees } from "./bulk-trees.ts";
import { formatPlainJson } from "./plain-json.ts";
import { formatEntries } from "./revision-values.ts";

/** What {@link BulkValues} reads with. */
export interface BulkValuesOptions {
  readonly objects: ObjectReader;
  readonly revisions: RevisionReader;
  /** Where the DVC project is in the repository; empty for the root. */
  readonly prefix: string;
}

/** A recipe with the text that all revisions of it share. */
interface Prepared {
  readonly recipe: RevisionRecipe;
  /** `"deps": …, "outs": …, "meta": {}`. */
  readonly rest: string;
}

/** A file of a revision whose values are wanted. */
interface WantedFile {
  readonly path: string;
  readonly blob: string;
  readonly kind: "params" | "metrics";
  /** Of a params file what to take; none for all. */
  readonly keys: readonly string[];
}

/** Texts of files that are remembered, and commits that are read at once. */
const MAX_TEXTS = 50_000;
const PORTION = 5_000;
const DEFAULT_PARAMS = "params.yaml";

/**
 * Reads the values of many commits at once. Most experiments of a repository have the pipeline in common and differ in
 * a few small files: their project files are understood once, and of each commit only its trees and those files are
 * read, all of one kind together.
 *
 * Whatever is out of the ordinary (a templated pipeline, metrics in the cache, links, files that are missing or cannot
 * be read) is left to the reader of single revisions.
 */
export class BulkValues {
  readonly #options: BulkValuesOptions;
  readonly #trees: BulkTrees;
  readonly #slowTrees: TreeCache;
  readonly #recipes = new Map<string, Promise<Prepared | undefined>>();
  /** JSON of a file's values by kind, path, keys and blob; `undefined` for one that cannot be read. */
  readonly #texts = new Map<string, string | undefined>();

  constructor(options: BulkValuesOptions) {
    this.#options = options;
    this.#trees = new BulkTrees(options.objects);
    this.#slowTrees = new TreeCache(options.objects);
  }

  /**
   * Reads the values of trees, a portion at a time.
   *
   * @param take - Called with the place of each tree in the list and its values as `formatValues` writes them; those
   *   that are out of the ordinary are left out.
   */
  async read(trees: readonly string[], take: (index: number, valuesJson: string) => void): Promise<void> {
    for (let start = 0; start < trees.length; start += PORTION) {
      const values = await this.#readPortion(trees.slice(start, start + PORTION));
      for (const [index, json] of values.entries()) if (json !== undefined) take(start + index, json);
    }
  }

  async #readPortion(roots: readonly string[]): Promise<(string | undefined)[]> {
    await this.#trees.load(new Set(roots));
    const plans = await Promise.all(roots.map((root) => this.#plan(root)));
    await this.#loadTexts(plans.flatMap((plan) => plan?.files ?? []));
    return plans.map((plan) => {
      if (plan === undefined) return undefined;
      const members = { params: [] as string[], metrics: [] as string[] };
      for (const file of plan.files) {
        const text = this.#texts.get(keyOf(file));
        if (text === undefined) return undefined;
        members[file.kind].push(`${formatCompactPythonJson(file.path)}: {"data": ${text}}`);
      }
      return `"params": {${members.params.join(", ")}}, "metrics": {${members.metrics.join(", ")}}, ${plan.rest}`;
    });
  }

  /** Finds out which files of a tree are wanted. */
  async #plan(root: string): Promise<{ readonly files: readonly WantedFile[]; readonly rest: string } | undefined> {
    const project = this.#projectTree(root);
    if (project === undefined) return undefined;
    const prepared = await this.#prepare(root, project);
    if (prepared === undefined) return undefined;
    const { recipe, rest } = prepared;
    const files: WantedFile[] = [];
    const want = (kind: WantedFile["kind"], path: string, keys: readonly string[]): boolean => {
      const entry = path.startsWith("..") ? undefined : this.#trees.find(project, path);
      if (entry?.mode !== "100644" && entry?.mode !== "100755") return false;
      files.push({ path, blob: entry.id, kind, keys });
      return true;
    };
    const hasDefault = this.#trees.find(project, DEFAULT_PARAMS) !== undefined;
    for (const [path, keys] of recipe.params(hasDefault)) if (!want("params", path, keys)) return undefined;
    for (const path of recipe.metrics) if (!want("metrics", path, [])) return undefined;
    return { files, rest };
  }

  #projectTree(root: string): string | undefined {
    const { prefix } = this.#options;
    if (prefix === "") return root;
    const entry = this.#trees.find(root, prefix);
    return entry?.mode === "40000" ? entry.id : undefined;
  }

  #prepare(root: string, project: string): Promise<Prepared | undefined> {
    const key = this.#trees
      .definingFiles(project)
      .map(({ path, id }) => `${path} ${id} ${this.#lockId(project, path)}`)
      .join("\n");
    let prepared = this.#recipes.get(key);
    if (prepared === undefined) {
      prepared = this.#makeRecipe(root);
      this.#recipes.set(key, prepared);
    }
    return prepared;
  }

  #lockId(project: string, path: string): string {
    if (!path.endsWith(".yaml")) return "";
    return this.#trees.find(project, path.replace(/\.yaml$/u, ".lock"))?.id ?? "";
  }

  async #makeRecipe(root: string): Promise<Prepared | undefined> {
    const { revisions, prefix } = this.#options;
    try {
      const recipe = makeRecipe(await revisions.readProject(new CommitSource(this.#slowTrees, root, prefix)));
      return recipe === undefined ? undefined : { recipe, rest: formatEntries(recipe) };
    } catch (error) {
      // The reader of single revisions says what is wrong.
      if (error instanceof TrackerError) return undefined;
      throw error;
    }
  }

  async #loadTexts(files: readonly WantedFile[]): Promise<void> {
    if (this.#texts.size > MAX_TEXTS) this.#texts.clear();
    const missing = new Map<string, WantedFile>();
    for (const file of files) {
      const key = keyOf(file);
      if (!this.#texts.has(key)) missing.set(key, file);
    }
    const wanted = [...missing];
    const blobs = wanted.map(([, { blob }]) => blob);
    await this.#options.objects.readEach(blobs, (object, index) => {
      const [key, file] = wanted[index] as [string, WantedFile];
      this.#texts.set(key, object?.type === "blob" ? formatFile(file, object.data) : undefined);
    });
  }
}

function keyOf({ kind, path, blob, keys }: WantedFile): string {
  return keys.length === 0 ? `${kind} ${blob} ${path}` : `${kind} ${blob} ${path}\0${keys.join("\0")}`;
}

function formatFile({ kind, path, keys }: WantedFile, data: Uint8Array): string | undefined {
  const plain = kind === "metrics" && path.endsWith(".json") ? formatPlainJson(data) : undefined;
  if (plain !== undefined) return plain;
  try {
    const values = kind === "params" ? parseParamsFile(path, data, keys) : parseMetricsFile(path, data);
    return formatCompactPythonJson(values);
  } catch (error) {
    if (error instanceof TrackerError) return undefined;
    throw error;
  }
}
