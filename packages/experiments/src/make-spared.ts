import { isErrno } from "@waymark/files";
import { CollectionWatch, GitCommandError, type GitRepository, ObjectMissingError } from "@waymark/git";
import { ObjectsCollectedError } from "./objects-collected-error.ts";

const ATTEMPTS = 8;
const COLLECTION_LIMIT_MS = 60_000;

/**
 * Makes a commit, and makes it again when a `git gc --prune=now` beside it deletes objects that nothing named yet.
 *
 * @param known - 40-hex id of a commit whose objects stay anyway.
 * @param make - Writes the objects and then names the commit by a ref. May be called again, and names it again then.
 * @throws {@link ObjectsCollectedError} when it happens again and again; what `make` throws otherwise.
 */
export async function makeSpared<T extends { readonly commit: string }>(
  repo: GitRepository,
  known: string,
  make: () => T | Promise<T>,
): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const watch = new CollectionWatch(repo);
    try {
      const made = await make();
      if (await watch.hasSpared(made.commit, known, COLLECTION_LIMIT_MS)) return made;
    } catch (error) {
      const mayBeCollection =
        error instanceof GitCommandError || error instanceof ObjectMissingError || isErrno(error, "ENOENT");
      if (!mayBeCollection || attempt === ATTEMPTS || !watch.hasSeenOne()) throw error;
      await watch.waitForEnd(COLLECTION_LIMIT_MS);
    }
  }
  throw new ObjectsCollectedError("");
}
