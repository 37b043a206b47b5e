import { join } from "node:path";
import { ConversionCheck } from "./conversion.ts";
import { objectId, type NewObject } from "./object.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";
import type { TreeFile } from "./tree-editor.ts";
import { isSameSignature, readWorkspaceFile, statWorkspaceFile, type FileSignature } from "./workspace-file.ts";

/** Larger files are hashed by Git, which streams them. */
const NATIVE_LIMIT_BYTES = 32n * 1024n * 1024n;
/** Time stamps are coarse: a file touched this shortly before it was read may change again without showing it. */
const RACY_MS = 2000;

interface Known {
  readonly id: string;
  readonly signature: FileSignature;
  readonly readAtMs: number;
}

/** Files of the work tree as blobs, and what has to be written for them. */
export interface MadeBlobs {
  /** `null` for what is not there any more. */
  readonly files: ReadonlyMap<string, TreeFile | null>;
  readonly objects: readonly NewObject[];
}

/** Turns files of the work tree into blobs, reading only what changed since it was read last. */
export class BlobMaker {
  readonly #repo: GitRepository;
  readonly #conversion: ConversionCheck;
  readonly #stagedMode: (path: string) => TreeFile["mode"] | undefined;
  readonly #known = new Map<string, Known>();

  /** @param staged - What the tree under construction holds at a path. */
  constructor(repo: GitRepository, staged: (path: string) => TreeFile | undefined) {
    this.#repo = repo;
    this.#conversion = new ConversionCheck(repo, (path) => staged(path) !== undefined);
    this.#stagedMode = (path) => staged(path)?.mode;
  }

  /** Forgets every file; all are read again. */
  reset(): void {
    this.#known.clear();
  }

  /**
   * Makes blobs of files, symbolic links and checked-out submodules.
   *
   * Blobs that Git has to convert are written at once, by one process for all of them; the others are returned.
   */
  make(paths: Iterable<string>): MadeBlobs {
    this.#conversion.reset();
    const files = new Map<string, TreeFile | null>();
    const objects: NewObject[] = [];
    const forGit: { path: string; mode: TreeFile["mode"]; signature: FileSignature; readAtMs: number }[] = [];
    for (const path of paths) {
      const readAtMs = Date.now();
      const found = statWorkspaceFile(this.#repo.root, path);
      if (found.kind === "none" || found.kind === "folder") {
        this.#known.delete(path);
        files.set(path, found.kind === "folder" ? this.#submodule(path) : null);
        continue;
      }
      const { signature } = found;
      const mode = found.kind === "link" ? "120000" : this.#fileMode(path, found.isExecutable);
      const known = this.#known.get(path);
      if (known !== undefined && isTrusted(known, signature)) {
        files.set(path, { mode, id: known.id });
        continue;
      }
      const isForGit =
        found.kind === "file" && (signature.sizeBytes > NATIVE_LIMIT_BYTES || this.#conversion.mayConvert(path));
      if (isForGit) {
        forGit.push({ path, mode, signature, readAtMs });
        continue;
      }
      const data = readWorkspaceFile(this.#repo.root, path, found.kind);
      if (data === undefined) {
        files.set(path, null);
        continue;
      }
      const object: NewObject = { type: "blob", data };
      const id = objectId(object, this.#repo.objectFormat);
      if (known?.id !== id) objects.push(object);
      this.#known.set(path, { id, signature, readAtMs });
      files.set(path, { mode, id });
    }
    for (const [at, id] of this.#hashByGit(forGit.map(({ path }) => path)).entries()) {
      const entry = forGit[at];
      if (entry === undefined) continue;
      this.#known.set(entry.path, { id, signature: entry.signature, readAtMs: entry.readAtMs });
      files.set(entry.path, { mode: entry.mode, id });
    }
    return { files, objects };
  }

  #hashByGit(paths: readonly string[]): readonly string[] {
    if (paths.length === 0) return [];
    const input = paths.map((path) => `${quotePath(path)}\n`).join("");
    const { stdout } = runGitSync(this.#repo, ["hash-object", "-w", "--stdin-paths"], { input });
    return stdout.toString().trim().split("\n");
  }

  #fileMode(path: string, isExecutable: boolean): TreeFile["mode"] {
    if (this.#repo.config.get("core.filemode") !== "false") return isExecutable ? "100755" : "100644";
    // File systems without the bit: what Git has recorded stays.
    return this.#stagedMode(path) === "100755" ? "100755" : "100644";
  }

  /** The commit a submodule is at; `null` for a plain folder, which is not a file of a tree. */
  #submodule(path: string): TreeFile | null {
    if (this.#stagedMode(path) !== "160000") return null;
    const place = { root: join(this.#repo.root, path), env: this.#repo.env };
    const { exitCode, stdout } = runGitSync(place, ["rev-parse", "--verify", "--quiet", "HEAD"], {
      allowedExitCodes: [0, 1],
    });
    return exitCode === 0 ? { mode: "160000", id: stdout.toString().trim() } : null;
  }
}

function isTrusted(known: Known, now: FileSignature): boolean {
  if (!isSameSignature(known.signature, now)) return false;
  const touchedMs = Number((now.mtimeNs > now.ctimeNs ? now.mtimeNs : now.ctimeNs) / 1_000_000n);
  return touchedMs + RACY_MS < known.readAtMs;
}

/** `--stdin-paths` takes one path a line, and C strings for paths that hold a line break or begin with a quote. */
function quotePath(path: string): string {
  if (!/^"|[\n\\]/.test(path)) return path;
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
