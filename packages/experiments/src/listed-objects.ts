import { join } from "node:path";
import { parseDvcFile } from "@waymark/core";
import { readObjectsSync } from "@waymark/git";
import { ContentCache } from "@waymark/store";
import type { ChainCommit } from "./chain.ts";
import type { Project } from "./project.ts";

/** Adds to hashes of folders the hashes of their files, as far as their manifests are in the cache. */
export function expandObjects(cache: ContentCache, hashes: readonly string[]): string[] {
  const all = new Set<string>();
  for (const hash of hashes) {
    all.add(hash);
    if (hash.endsWith(".dir") && cache.has(hash)) for (const { md5 } of cache.readDirectory(hash)) all.add(md5);
  }
  return [...all];
}

/** Finds the objects that hold the listed files of commits, in the order of the commits. */
export function readListedObjects(project: Project, commits: readonly ChainCommit[]): string[][] {
  const cache = ContentCache.open(join(project.dvcRoot, ".dvc"), { env: project.repo.env });
  const wanted = commits.flatMap((commit, index) =>
    (commit.trailers.checkpoints ?? []).map((path) => ({ index, spec: `${commit.id}:${path}.dvc` })),
  );
  const files = readObjectsSync(
    project.repo,
    wanted.map(({ spec }) => spec),
  );
  const result: string[][] = commits.map(() => []);
  for (const [at, { index }] of wanted.entries()) {
    const file = files[at];
    if (file?.type === "blob") result[index]?.push(...expandObjects(cache, readHashes(file.data.toString())));
  }
  return result;
}

/** Reads the hashes that a `.dvc` file names; none when it cannot be read. */
function readHashes(text: string): string[] {
  try {
    return parseDvcFile(text).outputs.flatMap((output) => output.md5 ?? []);
  } catch {
    return [];
  }
}
