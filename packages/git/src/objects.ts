import { type GitObject, type GitObjectType, isObjectId } from "./object.ts";
import { readLooseObject } from "./read-loose-object.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";
import { isWellFormed } from "./unicode.ts";

/** Header of one answer of `git cat-file --batch`. */
export interface BatchHeader {
  readonly id: string;
  readonly type: GitObjectType;
  readonly sizeBytes: number;
}

/**
 * Parses the first line of one answer of `git cat-file --batch`, line end left out.
 *
 * @returns `undefined` when the object is missing or the name is ambiguous.
 */
export function parseBatchHeader(line: string): BatchHeader | undefined {
  const match = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) ([0-9]+)$/.exec(line);
  if (match === null) return undefined;
  const [, id, type, size] = match;
  if (id === undefined || type === undefined) return undefined;
  return { id, type: type as GitObjectType, sizeBytes: Number(size) };
}

/** Tells whether a name can be asked for: the protocol is one name a line. */
export function isReadableSpec(spec: string): boolean {
  return spec !== "" && !/[\n\0]/.test(spec) && isWellFormed(spec);
}

/** More ids than this are asked of Git at once: looking for each file would take as long. */
const MAX_LOOSE_READS = 32;

/**
 * Reads objects while this thread waits: those that were asked for by id and lie in files of their own from there, all
 * others in one process.
 *
 * @param specs - Anything Git resolves: ids, `HEAD`, `<commit>:<path>`, `<commit>^{tree}`. A name with a line break is
 *   answered with `undefined`; read such paths through their tree.
 * @returns One entry per spec, in order; `undefined` for what is not there.
 */
export function readObjectsSync(repo: GitRepository, specs: readonly string[]): readonly (GitObject | undefined)[] {
  const isFew = specs.length <= MAX_LOOSE_READS;
  const loose = specs.map((spec) =>
    isFew && isObjectId(spec, repo.objectFormat) ? readLooseObject(repo, spec) : undefined,
  );
  const asked = specs.filter((spec, at) => loose[at] === undefined && isReadableSpec(spec));
  if (asked.length === 0) return loose;
  const input = `${asked.join("\n")}\n`;
  const { stdout } = runGitSync(repo, ["cat-file", "--batch", "--buffer"], { input });
  let offset = 0;
  return specs.map((spec, at) => {
    if (loose[at] !== undefined || !isReadableSpec(spec)) return loose[at];
    const end = stdout.indexOf(0x0a, offset);
    const header = parseBatchHeader(stdout.toString("utf8", offset, end));
    offset = end + 1;
    if (header === undefined) return undefined;
    const data = stdout.subarray(offset, offset + header.sizeBytes);
    offset += header.sizeBytes + 1;
    return { id: header.id, type: header.type, data };
  });
}
