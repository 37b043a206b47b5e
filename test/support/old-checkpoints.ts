import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { GIT_TEST_ENV, type GitRepo } from "./git-repo.ts";

/** What one checkpoint of a training held. */
export interface OldCheckpoint {
  readonly epoch: number;
  readonly lr: number;
  readonly model: string;
}

/** The pipeline as DVC 2 had it: an output that outlives the start of its stage. */
const PIPELINE = `stages:
  train:
    cmd: python train.py
    deps:
    - train.py
    params:
    - lr
    outs:
    - model.pt:
        checkpoint: true
    metrics:
    - metrics.json:
        cache: false
        persist: true
`;

const TRAIN = "# trains an epoch at a time\n";

/** Files of a project that trains with checkpoints of DVC 2. */
export const OLD_PROJECT: Readonly<Record<string, string>> = {
  ".dvc/config": "",
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  ".dvcignore": "",
  ".gitignore": "/model.pt\n",
  "dvc.yaml": PIPELINE,
  "params.yaml": "lr: 0.1\n",
  "metrics.json": '{"epoch": -1, "loss": 1.0}',
  "train.py": TRAIN,
};

/**
 * Writes checkpoint experiments byte for byte as DVC 1.11 to 2.58 did: a commit for each checkpoint and one more at the
 * end, lock files without the name of a hash, the cache of that time, and refs of the run beside them.
 */
export class OldDvc {
  readonly #repo: GitRepo;
  readonly baseline: string;
  #clock = 1_650_000_000;

  constructor(repo: GitRepo) {
    this.#repo = repo;
    this.baseline = repo.head();
  }

  /** Trains from a commit: one commit for each epoch, and the last one once more when the script ends. */
  train(
    name: string,
    from: string,
    checkpoints: readonly OldCheckpoint[],
    options: { message?: string } = {},
  ): string[] {
    const commits: string[] = [];
    let parent = from;
    const last = checkpoints.at(-1);
    for (const checkpoint of checkpoints) parent = this.#commit(name, parent, checkpoint, commits);
    if (last !== undefined) this.#commit(name, parent, last, commits, options.message);
    return commits;
  }

  /** Trains until `kill -9`: the refs of the run stay, and HEAD is left on the last checkpoint. */
  trainAndDie(name: string, checkpoints: readonly OldCheckpoint[]): string[] {
    const commits: string[] = [];
    let parent = this.baseline;
    for (const checkpoint of checkpoints) parent = this.#commit(name, parent, checkpoint, commits);
    const git = (...args: readonly string[]): string => this.#repo.git(...args);
    git("update-ref", "refs/exps/exec/EXEC_BASELINE", this.baseline);
    git("update-ref", "refs/exps/exec/EXEC_MERGE", this.baseline);
    git("symbolic-ref", "refs/exps/exec/EXEC_BRANCH", this.refOf(name));
    git("update-ref", "--no-deref", "HEAD", parent);
    return commits;
  }

  /** The ref of an experiment of the baseline. */
  refOf(name: string, baseline = this.baseline): string {
    return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
  }

  #commit(name: string, parent: string, checkpoint: OldCheckpoint, commits: string[], message?: string): string {
    const lock = formatLock(checkpoint);
    const commit = this.#plumb(
      parent,
      {
        "dvc.lock": lock,
        "params.yaml": `lr: ${checkpoint.lr}\n`,
        "metrics.json": `{"epoch": ${checkpoint.epoch}, "loss": ${1 / (checkpoint.epoch + 2)}}`,
      },
      message ?? `dvc: commit experiment ${createHash("sha256").update(lock).digest("hex")}`,
    );
    this.#cache(checkpoint.model);
    this.#repo.git("update-ref", this.refOf(name), commit);
    for (const ref of ["EXEC_HEAD", "EXEC_CHECKPOINT", "EXEC_APPLY"]) {
      this.#repo.git("update-ref", `refs/exps/exec/${ref}`, ref === "EXEC_HEAD" ? this.baseline : commit);
    }
    commits.push(commit);
    return commit;
  }

  #cache(model: string): void {
    const hash = dos2unixMd5(model);
    this.#repo.write(`.dvc/cache/${hash.slice(0, 2)}/${hash.slice(2)}`, model);
  }

  #plumb(parent: string, files: Readonly<Record<string, string>>, message: string): string {
    this.#clock += 10;
    const index = this.#repo.path(".git", "old-index");
    const date = `${this.#clock} +0000`;
    const env = { ...GIT_TEST_ENV, GIT_INDEX_FILE: index, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const run = (args: readonly string[], input = ""): string =>
      execFileSync("git", [...args], { cwd: this.#repo.root, env, input, encoding: "utf8" }).trim();
    try {
      run(["read-tree", parent]);
      for (const [path, content] of Object.entries(files)) {
        const blob = run(["hash-object", "-w", "--stdin"], content);
        run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
      }
      // Dulwich writes no line end after a message.
      return run(["commit-tree", run(["write-tree"]), "-p", parent], message);
    } finally {
      rmSync(index, { force: true });
    }
  }
}

/** The lock file of DVC 2: hashes of text with its line ends made one, and no word of it. */
function formatLock({ lr, model }: OldCheckpoint): string {
  return `schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - path: train.py
      md5: ${dos2unixMd5(TRAIN)}
      size: ${TRAIN.length}
    params:
      params.yaml:
        lr: ${lr}
    outs:
    - path: model.pt
      md5: ${dos2unixMd5(model)}
      size: ${Buffer.byteLength(model)}
`;
}

/** MD5 of text with `\r\n` as `\n`, which DVC 2 took for the hash of a text file. */
export function dos2unixMd5(text: string): string {
  return createHash("md5").update(text.replaceAll("\r\n", "\n")).digest("hex");
}

/** Epochs with models that differ; text with Windows line ends, as nothing else shows the old hash. */
export function epochs(lr: number, from: number, to: number): OldCheckpoint[] {
  return Array.from({ length: to - from + 1 }, (_, at) => {
    const epoch = from + at;
    return { epoch, lr, model: `weights\r\nof epoch ${epoch} at ${lr}\r\n` };
  });
}
