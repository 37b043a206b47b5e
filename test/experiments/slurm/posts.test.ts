import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { commitTree, initRepository, openRepository, type GitRepository } from "@waymark/git";
import { describe, expect, it } from "vitest";
import { BundlePost } from "../../../packages/experiments/src/executors/slurm/mail/bundle-post.ts";
import { LocalPost } from "../../../packages/experiments/src/executors/slurm/mail/local-post.ts";
import type { Post } from "../../../packages/experiments/src/executors/slurm/mail/post.ts";
import { RemotePost } from "../../../packages/experiments/src/executors/slurm/mail/remote-post.ts";
import { GIT_TEST_ENV, gitRepo } from "../../support/git-repo.ts";

const SUBMISSION = "20260101T000000-00000000";

/** A project, and two jobs that both believe to have its first task. */
interface World {
  readonly project: GitRepository;
  /** A repository and a post for each of the two. */
  readonly jobs: readonly (readonly [GitRepository, Post])[];
  readonly home: Post;
}

function world(kind: "local" | "remote" | "bundles"): World {
  const repo = gitRepo();
  const project = openRepository(repo.root, { env: GIT_TEST_ENV }) as GitRepository;
  mkdirSync(repo.path(".git", "outside"));
  const outside = repo.path(".git", "outside");
  if (kind === "remote") execFileSync("git", ["init", "--quiet", "--bare", outside]);
  const open = (): Post => {
    if (kind === "local") return new LocalPost(SUBMISSION, 2);
    return kind === "remote" ? new RemotePost(outside, SUBMISSION) : new BundlePost(outside, SUBMISSION);
  };
  const clone = (name: string): GitRepository =>
    kind === "local" ? project : initRepository(repo.path(".git", name), { env: GIT_TEST_ENV });
  return { project, home: open(), jobs: ["one", "two"].map((name) => [clone(name), open()] as const) };
}

function letter(repo: GitRepository, text: string): string {
  const tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
  execFileSync("git", ["mktree"], { cwd: repo.root, env: GIT_TEST_ENV, input: "" });
  return commitTree(repo, { tree, parents: [], message: text });
}

describe.each(["local", "remote", "bundles"] as const)("letters, %s", (kind) => {
  it("come to each job, and of two that answer for the same one is heard", async () => {
    const { project, home, jobs } = world(kind);
    const starts = [letter(project, "to 0"), letter(project, "to 1")];
    await home.sendStarts(project, starts);
    const [[first, one], [second, two]] = jobs as [World["jobs"][number], World["jobs"][number]];
    expect(await one.bringStart(first, 1)).toBe(starts[1]);
    expect(await one.bringStart(first, 0)).toBe(starts[0]);
    expect(await one.bringResult(first, 0)).toBeUndefined();

    const begins = letter(first, "one begins");
    expect(await one.sendResult(first, 0, begins, null)).toBe(true);
    // Started anew on another node: it sees what the first has sent, and takes the task over.
    await two.bringStart(second, 0);
    expect(await two.bringResult(second, 0)).toBe(begins);
    const again = letter(second, "two begins");
    expect(await two.sendResult(second, 0, again, begins)).toBe(true);
    expect(two.isNewest(second, 0, again)).toBe(true);
    // The first has not died after all.
    expect(await one.sendResult(first, 0, letter(first, "one ends"), begins)).toBe(false);
    const ends = letter(second, "two ends");
    expect(await two.sendResult(second, 0, ends, again)).toBe(true);

    expect(await home.bringResults(project)).toEqual([{ index: 0, id: ends }]);
    await home.clear(project);
    expect(await home.bringResults(project)).toEqual([]);
    expect(execFileSync("git", ["for-each-ref", "refs/waymark"], { cwd: project.root, encoding: "utf8" })).toBe("");
  });

  it("that nobody wrote are not there", async () => {
    const { home, jobs } = world(kind);
    const [job] = jobs as [World["jobs"][number], World["jobs"][number]];
    expect(await job[1].bringStart(job[0], 0)).toBeUndefined();
    expect(await home.bringResults(job[0])).toEqual([]);
  });
});
