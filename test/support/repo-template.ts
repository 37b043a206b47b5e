import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { GitRepo } from "./git-repo.ts";

const folders: string[] = [];
process.on("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/**
 * Makes a repository once, and a copy of it for each test that asks: a copy takes a tenth of the time.
 *
 * @param make - Makes it.
 * @returns Makes a copy that goes away with the test.
 */
export function repoTemplate(make: () => GitRepo): () => GitRepo {
  let template: string | undefined;
  return () => {
    template ??= keep(make());
    const root = join(realpathSync(mkdtempSync(join(tmpdir(), "waymark-repo-"))), "repo");
    onTestFinished(() => rmSync(join(root, ".."), { recursive: true, force: true }));
    cpSync(template, root, { recursive: true, preserveTimestamps: true });
    return new GitRepo(root);
  };
}

/** What was made goes away with the test that came first. */
function keep(repo: GitRepo): string {
  const folder = mkdtempSync(join(tmpdir(), "waymark-template-"));
  folders.push(folder);
  cpSync(repo.root, folder, { recursive: true, preserveTimestamps: true });
  return folder;
}
