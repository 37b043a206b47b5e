import assert from "node:assert/strict";
import { type Action, FILES, NAMES } from "./experiment-actions.ts";
import type { GitRepo } from "./git-repo.ts";
import { type Answer, runHere } from "./in-process.ts";

/** What an operation did, for as long as it can be taken back. */
interface Done {
  readonly changes: readonly {
    readonly name: string;
    readonly from: string | undefined;
    readonly to: string | undefined;
  }[];
  /** The files before, where the operation changed these. */
  readonly files?: readonly string[];
  /** What was staged before, which comes back with the files. */
  readonly index?: string;
  /** How often files had been edited by then: one that came later is not taken back silently. */
  readonly edits: number;
}

/**
 * A repository together with what should be in it. Each action is done by the command, and then everything is looked
 * at: experiments, branches, the remote, files, HEAD and the index.
 */
export class ExperimentModel {
  readonly #repo: GitRepo;
  readonly #remote: GitRepo;
  readonly #head: string;
  readonly #experiments = new Map<string, string>();
  readonly #shared = new Map<string, string>();
  readonly #branches = new Map<string, string>();
  /** Files of each commit that was made, in the order of {@link FILES}. */
  readonly #content = new Map<string, readonly string[]>();
  readonly #done: Done[] = [];
  #files: string[];
  #index: string;
  #edits = 0;

  constructor(repo: GitRepo, remote: GitRepo) {
    this.#repo = repo;
    this.#remote = remote;
    this.#head = repo.head();
    this.#branches.set("main", this.#head);
    this.#files = FILES.map((path) => repo.read(path));
    this.#index = repo.git("ls-files", "--stage");
  }

  /** Does one thing, and checks everything afterwards. */
  async act(action: Action): Promise<void> {
    await this.#do(action);
    assert.deepEqual(this.#seen(), this.#wanted());
  }

  /** Nothing is broken, here or on the remote. */
  checkSoundness(): void {
    for (const repo of [this.#repo, this.#remote]) {
      assert.equal(repo.git("fsck", "--full", "--strict", "--no-dangling"), "");
    }
  }

  async #do(action: Action): Promise<void> {
    const name = "name" in action ? (NAMES[action.name] ?? "") : "";
    switch (action.do) {
      case "edit":
        return this.#edit(action.file, action.value);
      case "stage":
        this.#repo.git("add", "--", FILES[action.file] ?? "");
        this.#index = this.#repo.git("ls-files", "--stage");
        return;
      case "save":
        return this.#save(name, action.force);
      case "checkpoint":
        return this.#checkpoint(name, action.steps);
      case "apply":
        return this.#apply(name);
      case "branch":
        return this.#branch(name, `branch-${action.branch}`);
      case "rename":
        return this.#rename(name, NAMES[action.to] ?? "");
      case "remove":
        return this.#remove(name);
      case "undo":
        return this.#undo();
      case "push":
        return this.#push(name);
      case "pull":
        return this.#pull(name);
    }
  }

  #edit(file: number, value: number): void {
    const content = `value: ${value}\n`;
    this.#repo.write(FILES[file] ?? "", content);
    if (this.#files[file] !== content) this.#edits += 1;
    this.#files[file] = content;
  }

  async #save(name: string, force: boolean): Promise<void> {
    const isTaken = this.#experiments.has(name);
    const answer = await this.#run(["exp", "save", "-n", name, "--json", ...(force ? ["--force"] : [])]);
    if (isTaken && !force) return requireRefused(answer);
    const { ref } = JSON.parse(succeeded(answer).stdout) as { ref: string };
    this.#made(name, ref);
  }

  async #checkpoint(name: string, steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      const status = step === steps - 1 ? "finished" : "running";
      const args = ["checkpoint", "--name", name, "--step", `${step}`, "--status", status, "--json"];
      const answer = succeeded(await this.#run(args));
      const { experiment, commit } = JSON.parse(answer.stdout) as { experiment: string; commit: string };
      // A name that is taken is never taken over: the run gets one of its own.
      if (step === 0) assert.ok(!this.#experiments.has(experiment));
      this.#made(experiment, commit);
    }
  }

  #made(name: string, commit: string): void {
    this.#experiments.set(name, commit);
    this.#content.set(commit, [...this.#files]);
    const held = FILES.map((path) => `${this.#repo.git("show", `${commit}:${path}`)}\n`);
    assert.deepEqual(held, this.#files);
  }

  async #apply(name: string): Promise<void> {
    const tip = this.#experiments.get(name);
    const answer = await this.#run(["exp", "apply", "--force", name]);
    if (tip === undefined) return requireRefused(answer);
    succeeded(answer);
    const before = [...this.#files];
    this.#files = [...(this.#content.get(tip) ?? [])];
    if (this.#operationsAfter() > this.#done.length)
      this.#done.push({ changes: [], files: before, index: this.#index, edits: this.#edits });
  }

  async #branch(name: string, branch: string): Promise<void> {
    const tip = this.#experiments.get(name);
    const answer = await this.#run(["exp", "branch", name, branch]);
    if (tip === undefined || this.#branches.has(branch)) return requireRefused(answer);
    succeeded(answer);
    this.#branches.set(branch, tip);
  }

  async #rename(name: string, to: string): Promise<void> {
    const tip = this.#experiments.get(name);
    const answer = await this.#run(["exp", "rename", name, to]);
    // As in DVC: nothing to do is no error, whether there is such an experiment or not.
    if (name === to) {
      succeeded(answer);
      return;
    }
    if (tip === undefined || this.#experiments.has(to)) return requireRefused(answer);
    succeeded(answer);
    this.#experiments.delete(name);
    this.#experiments.set(to, tip);
    const changes = [
      { name, from: tip, to: undefined },
      { name: to, from: undefined, to: tip },
    ];
    this.#done.push({ changes, edits: this.#edits });
  }

  async #remove(name: string): Promise<void> {
    const tip = this.#experiments.get(name);
    const answer = await this.#run(["exp", "remove", name]);
    if (tip === undefined) return requireRefused(answer);
    succeeded(answer);
    this.#experiments.delete(name);
    this.#done.push({ changes: [{ name, from: tip, to: undefined }], edits: this.#edits });
  }

  async #undo(): Promise<void> {
    const last = this.#done.at(-1);
    if (last === undefined) return requireRefused(await this.#run(["exp", "undo"]));
    // Files that were edited since an apply are for tests of their own.
    if (last.files !== undefined && last.edits !== this.#edits) return;
    const isOvertaken = last.changes.some(({ name, from, to }) => {
      const now = this.#experiments.get(name);
      return now !== from && now !== to;
    });
    const answer = await this.#run(["exp", "undo"]);
    if (isOvertaken) return requireRefused(answer);
    succeeded(answer);
    this.#done.pop();
    for (const { name, from } of last.changes) {
      if (from === undefined) this.#experiments.delete(name);
      else this.#experiments.set(name, from);
    }
    if (last.files !== undefined) this.#files = [...last.files];
    if (last.index !== undefined) this.#index = last.index;
  }

  async #push(name: string): Promise<void> {
    const tip = this.#experiments.get(name);
    const answer = await this.#run(["exp", "push", "origin", name]);
    if (tip === undefined) return requireRefused(answer);
    succeeded(answer);
    // What has diverged stays as it is on the other side.
    if (!this.#shared.has(name) || isContinued(this.#repo, this.#shared.get(name), tip)) this.#shared.set(name, tip);
  }

  async #pull(name: string): Promise<void> {
    const tip = this.#shared.get(name);
    const answer = await this.#run(["exp", "pull", "origin", name]);
    if (tip === undefined) return requireRefused(answer);
    succeeded(answer);
    const here = this.#experiments.get(name);
    if (here !== undefined && !isContinued(this.#repo, here, tip)) return;
    if (here !== tip) this.#experiments.set(name, tip);
    if (this.#operationsAfter() > this.#done.length) {
      this.#done.push({ changes: [{ name, from: here, to: tip }], edits: this.#edits });
    }
  }

  async #run(argv: readonly string[]): Promise<Answer> {
    return runHere(this.#repo.root, argv);
  }

  /** Operations that stand: undos, and what they took back, are not counted. */
  #operationsAfter(): number {
    const messages = this.#repo.git("for-each-ref", "--format=%(contents)%00", "refs/waymark/trash").split("\0");
    const kinds = messages.flatMap((message) => /"kind":\s*"(\w+)"/u.exec(message)?.[1] ?? []);
    const undos = kinds.filter((kind) => kind === "undo").length;
    return kinds.length - 2 * undos;
  }

  #seen(): Seen {
    const repo = this.#repo;
    const status = repo.git("status", "--porcelain", "--untracked-files=all").split("\n");
    return {
      experiments: experimentsOf(repo),
      shared: experimentsOf(this.#remote),
      branches: refsBelow(repo, "refs/heads/"),
      head: repo.git("symbolic-ref", "HEAD"),
      files: FILES.map((path) => repo.read(path)),
      index: repo.git("ls-files", "--stage"),
      stash: repo.git("stash", "list"),
      untracked: status.filter((line) => /^\?\? (?!\.dvc|live)/u.test(line)),
    };
  }

  #wanted(): Seen {
    return {
      experiments: sorted(this.#experiments),
      shared: sorted(this.#shared),
      branches: sorted(this.#branches),
      head: "refs/heads/main",
      files: this.#files,
      index: this.#index,
      stash: "",
      untracked: [],
    };
  }
}

/** Everything that is looked at after each action. */
interface Seen {
  readonly experiments: Refs;
  readonly shared: Refs;
  readonly branches: Refs;
  readonly head: string;
  readonly files: readonly string[];
  readonly index: string;
  readonly stash: string;
  /** Files that nobody asked for; settings of DVC and the folder of a run are what saves and checkpoints bring. */
  readonly untracked: readonly string[];
}

/** Names with commits, sorted. */
type Refs = readonly (readonly [string, string])[];

function isContinued(repo: GitRepo, older: string | undefined, newer: string): boolean {
  if (older === undefined) return false;
  return repo.git("merge-base", older, newer) === older;
}

function experimentsOf(repo: GitRepo): Refs {
  return refsBelow(repo, "refs/exps/").map(([ref, id]) => [ref.split("/").at(-1) ?? "", id] as const);
}

function refsBelow(repo: GitRepo, prefix: string): Refs {
  const lines = repo.git("for-each-ref", "--format=%(objectname) %(refname)", prefix).split("\n").filter(Boolean);
  const refs = lines.map((line) => line.split(" ") as [string, string]);
  const named = refs.map(([id, ref]) => [ref.slice(prefix.length), id] as const);
  return sorted(new Map(named.filter(([ref]) => !ref.startsWith("exec/"))));
}

function sorted(map: ReadonlyMap<string, string>): Refs {
  return [...map].toSorted(([a], [b]) => ((a.split("/").at(-1) ?? "") < (b.split("/").at(-1) ?? "") ? -1 : 1));
}

function succeeded(answer: Answer): Answer {
  assert.equal(answer.code, 0, answer.stderr);
  return answer;
}

function requireRefused({ code, stderr }: Answer): void {
  assert.notEqual(code, 0);
  assert.match(stderr, /^error: /mu);
}
