import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatCommitMessage, type CommitTrailers } from "@waymark/core";
import { projectFolder } from "./live-folder.ts";

/** Environment for Git that nothing on the machine has a say in. */
export const GIT_ENV: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

/** One commit of an experiment: what its tree holds besides the files of the baseline, and what its message says. */
export interface FakeCheckpoint {
  readonly files: Readonly<Record<string, string>>;
  readonly trailers: CommitTrailers;
}

/** A repository with one commit, in which experiments are made with plain Git commands. */
export class ExperimentRepo {
  readonly root: string;
  readonly baseline: string;

  constructor(files: Readonly<Record<string, string>> = { "train.py": "print()\n" }) {
    this.root = projectFolder();
    this.git("init", "-q", "-b", "main");
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), content);
    }
    this.git("add", "-A");
    this.git("commit", "-q", "-m", "start");
    this.baseline = this.git("rev-parse", "HEAD");
  }

  /** Runs Git and returns what it prints, trimmed. */
  git(...args: string[]): string {
    return this.#run(args, {});
  }

  /**
   * Makes a commit on top of `parent` and moves the experiment's ref there.
   *
   * @returns The commit.
   */
  checkpoint(name: string, parent: string, { files, trailers }: FakeCheckpoint): string {
    const env = { GIT_INDEX_FILE: join(this.root, ".git", "test-index") };
    this.#run(["read-tree", parent], env);
    for (const [path, content] of Object.entries(files)) {
      const blob = this.#run(["hash-object", "-w", "--stdin"], env, content);
      this.#run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], env);
    }
    const tree = this.#run(["write-tree"], env);
    const message = formatCommitMessage({ text: "checkpoint", trailers });
    const commit = this.#run(["commit-tree", tree, "-p", parent], env, message);
    this.git("update-ref", this.ref(name), commit);
    return commit;
  }

  /** The ref of an experiment of this baseline. */
  ref(name: string): string {
    return `refs/exps/${this.baseline.slice(0, 2)}/${this.baseline.slice(2)}/${name}`;
  }

  #run(args: readonly string[], env: NodeJS.ProcessEnv, input = ""): string {
    const options = { cwd: this.root, env: { ...GIT_ENV, ...env }, input, encoding: "utf8" } as const;
    return execFileSync("git", [...args], options).trim();
  }
}
