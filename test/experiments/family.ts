import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";
import { experimentRef } from "./support.ts";

/** Where and how {@link runFamily} works. */
export interface FamilyOptions {
  /** Current folder, relative to the root. Default: the root. */
  readonly cwd?: string;
  /** Arguments of the save beside the name. */
  readonly save?: readonly string[];
  /** More variables. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Every file of a work tree: where links point, modes and bytes. What the tools keep for themselves is left out. */
export function readFiles(root: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (name === ".git" || /(?:^|\/)\.dvc\/(?:tmp|cache|config\.local)$/u.test(path)) continue;
      const stats = lstatSync(join(root, path));
      if (stats.isDirectory()) visit(path);
      else if (stats.isSymbolicLink()) files[path] = `-> ${readlinkSync(join(root, path))}`;
      else files[path] = `${(stats.mode & 0o100) === 0 ? "" : "x "}${readFileSync(join(root, path), "latin1")}`;
    }
  };
  visit("");
  return files;
}

/**
 * Saves the workspace as `mine`, shows and lists it, applies HEAD and then the experiment again, makes a branch of it,
 * and removes it. Files come back as they were, and HEAD, what is staged and the refs of the user never move.
 *
 * @returns The commit of the experiment.
 */
export async function runFamily(repo: GitRepo, options: FamilyOptions = {}): Promise<string> {
  const run = async (...args: readonly string[]): Promise<Answer> => {
    const answer = await runHere(join(repo.root, options.cwd ?? ""), ["exp", ...args], options.env);
    if (answer.code !== 0) throw new Error(`exp ${args.join(" ")} failed: ${answer.stderr}`);
    return answer;
  };
  const staged = stagedOf(repo);
  const head = repo.git("rev-parse", "HEAD");
  const saved = JSON.parse((await run("save", "-n", "mine", "--json", ...(options.save ?? []))).stdout) as {
    ref: string;
  };
  const mine = readFiles(repo.root);
  expect(repo.git("rev-parse", experimentRef(head, "mine"))).toBe(saved.ref);
  expect(repo.git("rev-parse", `${saved.ref}^`)).toBe(head);

  expect((await run("list", "--name-only")).stdout).toContain("mine");
  const shown = JSON.parse((await run("show", "--json")).stdout) as Shown[];
  expect(shown.at(-1)?.experiments?.[0]?.revs[0]).toMatchObject({ rev: saved.ref, name: "mine", error: null });

  await run("apply", "HEAD");
  expect(changedFiles(repo)).toEqual([]);
  await run("apply", "mine");
  expect(readFiles(repo.root)).toEqual(mine);
  expect(stagedOf(repo)).toBe(staged);

  await run("branch", "mine", "promoted");
  expect(repo.git("rev-parse", "refs/heads/promoted")).toBe(saved.ref);
  repo.git("branch", "-D", "promoted");
  await run("remove", "mine");
  expect(repo.git("for-each-ref", "refs/exps")).toBe("");
  expect(stagedOf(repo)).toBe(staged);
  expect(repo.git("fsck", "--connectivity-only", "--no-dangling", "--no-progress")).toBe("");
  return saved.ref;
}

interface Shown {
  readonly experiments: readonly { readonly revs: readonly unknown[] }[] | null;
}

function stagedOf(repo: GitRepo): string {
  // A linked work tree keeps its HEAD elsewhere.
  const head = repo.git("rev-parse", "--symbolic-full-name", "HEAD");
  return [
    head,
    repo.git("ls-files", "--stage"),
    repo.git("stash", "list"),
    repo.git("for-each-ref", "refs/heads"),
  ].join("\n");
}

/** Tracked files that are not as they were committed. */
function changedFiles(repo: GitRepo): readonly string[] {
  return repo.git("diff", "--name-only", "--ignore-submodules=all", "HEAD").split("\n").filter(Boolean);
}
