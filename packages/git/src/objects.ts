import type { GitObject, GitObjectType } from "./object.ts";
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

/**
 * Reads objects in one process while this thread waits.
 *
 * @param specs - Anything Git resolves: ids, `HEAD`, `<commit>:<path>`, `<commit>^{tree}`. A name with a line break is
 *   answered with `undefined`; read such paths through their tree.
 * @returns One entry per spec, in order; `undefined` for what is not there.
 */
export function readObjectsSync(repo: GitRepository, specs: readonly string[]): readonly (GitObject | undefined)[] {
  const asked = specs.filter(isReadableSpec);
  if (asked.length === 0) return specs.map(() => undefined);
  const input = `${asked.join("\n")}\n`;
  const { stdout } = runGitSync(repo, ["cat-file", "--batch", "--buffer"], { input });
  let offset = 0;
  return specs.map((spec) => {
    if (!isReadableSpec(spec)) return undefined;
    const end = stdout.indexOf(0x0a, offset);
    const header = parseBatchHeader(stdout.toString("utf8", offset, end));
    offset = end + 1;
    if (header === undefined) return undefined;
    const data = stdout.subarray(offset, offset + header.sizeBytes);
    offset += header.sizeBytes + 1;
    return { id: header.id, type: header.type, data };
  });
}
