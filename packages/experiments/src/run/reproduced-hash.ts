import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockFileOf, type ProjectStage } from "@waymark/pipeline";
import { hashStages } from "../experiment-hash.ts";

/**
 * Hashes what is recorded of stages, as DVC does for the message of the commit.
 *
 * @param root - Of the DVC project, absolute.
 * @param now - Lock files as they are to be, by path in the project, in place of those in the work tree.
 */
export function hashReproduced(
  root: string,
  stages: readonly ProjectStage[],
  now: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const named = stages.filter(({ name }) => name !== undefined);
  const locks = [...new Set(named.map(lockFileOf))].flatMap((file) => {
    const text = now.get(file) ?? readIfThere(join(root, file));
    return text === undefined ? [] : [{ file, text }];
  });
  const meant = new Set(named.map((stage) => `${lockFileOf(stage)}\0${stage.name ?? ""}`));
  return hashStages(locks, (name, file) => meant.has(`${file}\0${name}`));
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
