import { renameSync, rmSync } from "node:fs";
import { isAbsolute } from "node:path";
import { isObjectId } from "./object.ts";
import { isValidRefName, requireRefName } from "./ref-name.ts";
import type { GitRef } from "./refs.ts";
import type { GitRepository } from "./repository.ts";
import { runGit } from "./run.ts";

/**
 * Writes refs, and all they need, to one file. It is whole when it has its name.
 *
 * @param path - Absolute.
 * @param refs - Full names.
 * @param known - Ids of commits that whoever reads it has, with all they need.
 */
export async function createBundle(
  repo: GitRepository,
  path: string,
  refs: readonly string[],
  known: readonly string[] = [],
): Promise<void> {
  requireAbsolute(path);
  refs.forEach(requireRefName);
  const temporary = `${path}.${process.pid}.tmp`;
  const input = [...refs, ...known.map((id) => `^${requireId(repo, id)}`)].join("\n");
  try {
    await runGit(repo, ["bundle", "create", "--quiet", temporary, "--stdin"], { input: `${input}\n` });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Brings the objects of a bundle, and changes no ref.
 *
 * @param path - Absolute.
 * @returns The refs that it was made of; names that Git would not accept here are passed over.
 */
export async function readBundle(repo: GitRepository, path: string): Promise<readonly GitRef[]> {
  requireAbsolute(path);
  const { stdout } = await runGit(repo, ["bundle", "unbundle", path]);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [id = "", name = ""] = line.split(" ");
      return isObjectId(id, repo.objectFormat) && isValidRefName(name) ? [{ id, name }] : [];
    });
}

function requireAbsolute(path: string): void {
  if (!isAbsolute(path)) throw new TypeError(`The path of a bundle must be absolute: ${path}`);
}

function requireId(repo: GitRepository, id: string): string {
  if (!isObjectId(id, repo.objectFormat)) throw new TypeError(`No object id: ${id}`);
  return id;
}
