import type { GitObjectType } from "./object.ts";
import { isReadableSpec, parseBatchHeader } from "./objects.ts";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/** What an object is, without its content. */
export interface ObjectFacts {
  readonly id: string;
  readonly type: GitObjectType;
  readonly sizeBytes: number;
}

/**
 * Asks what objects are, in one process and without reading them. Nothing is fetched that a partial clone lacks.
 *
 * @param specs - Anything Git resolves, without line breaks.
 * @returns One entry per spec, in order; `undefined` for what is not there.
 */
export async function readObjectFacts(
  repo: GitRepository,
  specs: readonly string[],
): Promise<readonly (ObjectFacts | undefined)[]> {
  const asked = specs.filter(isReadableSpec);
  if (asked.length === 0) return specs.map(() => undefined);
  const { stdout } = await runGit(repo, ["cat-file", "--batch-check", "--buffer"], {
    input: `${asked.join("\n")}\n`,
    env: { GIT_NO_LAZY_FETCH: "1" },
  });
  const lines = stdout.toString().split("\n");
  let at = 0;
  return specs.map((spec) => (isReadableSpec(spec) ? parseBatchHeader(lines[at++] ?? "") : undefined));
}
