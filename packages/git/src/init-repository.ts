import { mkdirSync } from "node:fs";
import { openRepository, type GitRepository, type OpenRepositoryOptions } from "./repository.ts";
import { runGitSync } from "./run.ts";

/** Makes an empty repository with a work tree, without anything from templates. */
export function initRepository(folder: string, options: OpenRepositoryOptions = {}): GitRepository {
  mkdirSync(folder, { recursive: true });
  const place = { root: folder, env: options.env };
  runGitSync(place, ["init", "--quiet", "--template=", "--initial-branch=main", "."]);
  const repo = openRepository(folder, options);
  if (repo === undefined) throw new Error(`unreachable: '${folder}' is a repository now`);
  return repo;
}
