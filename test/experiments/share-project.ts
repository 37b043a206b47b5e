import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { GIT_TEST_ENV, GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

/** Two clones of one repository, with a bare Git remote and a folder for data between them. */
export class ShareProject {
  readonly folder: string;
  /** Where experiments are made. */
  readonly ada: GitRepo;
  /** Where they arrive. */
  readonly bob: GitRepo;
  readonly hub: GitRepo;
  readonly store: string;

  constructor(folder: string) {
    this.folder = folder;
    this.ada = new GitRepo(join(folder, "ada"));
    this.bob = new GitRepo(join(folder, "bob"));
    this.hub = new GitRepo(join(folder, "hub.git"));
    this.store = join(folder, "store");
  }

  /** Saves an experiment with its own params and data. */
  async save(name: string, lr: number, data = `data of ${name}\n`, repo = this.ada): Promise<string> {
    repo.write("params.yaml", `lr: ${lr}\n`);
    repo.write("data/x.txt", data);
    await this.expect(repo, "add", "data");
    await this.expect(repo, "exp", "save", "--force", "--name", name);
    return repo.git("rev-parse", this.ref(name, repo));
  }

  async run(repo: GitRepo, ...argv: readonly string[]): Promise<Answer> {
    return runHere(repo.root, argv);
  }

  /** Runs a command that must succeed, and returns what it printed. */
  async expect(repo: GitRepo, ...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(repo, ...argv);
    if (code !== 0) throw new Error(`waymark ${argv.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  async json(repo: GitRepo, ...argv: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.expect(repo, ...argv, "--json"));
  }

  ref(name: string, repo = this.ada): string {
    const baseline = repo.head();
    return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
  }

  /** Refs of experiments and of ours, by name, with what they point to. */
  refs(repo: GitRepo): Record<string, string> {
    const lines = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps", "refs/waymark");
    return Object.fromEntries(
      lines
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(" ") as [string, string]),
    );
  }

  /** Names of the experiments of a repository. */
  names(repo: GitRepo): string[] {
    return Object.keys(this.refs(repo))
      .filter((ref) => /^refs\/exps\/[0-9a-f]{2}\//u.test(ref))
      .map((ref) => ref.split("/").at(-1) ?? "")
      .sort();
  }

  /** How many objects the data remote, or the cache of a clone, has. */
  objects(place: "store" | GitRepo): number {
    const folder = place === "store" ? this.store : place.path(".dvc", "cache");
    const root = join(folder, "files", "md5");
    if (!existsSync(root)) return 0;
    return readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  }
}

let template: Promise<string> | undefined;
const templates: string[] = [];
process.on("exit", () => templates.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Makes the clones; the first has a tracked folder and a param, and has pushed its branch. */
export async function shareProject(): Promise<ShareProject> {
  // Made once: the commands that make it are tested elsewhere.
  template ??= makeTemplate();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-share-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(await template, folder, { recursive: true });
  return new ShareProject(folder);
}

async function makeTemplate(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "waymark-share-template-")));
  templates.push(folder);
  const project = new ShareProject(folder);
  const { ada } = project;
  const git = (...args: readonly string[]): void => {
    execFileSync("git", [...args], { cwd: folder, env: GIT_TEST_ENV, stdio: "ignore" });
  };
  git("init", "--quiet", "--bare", "--initial-branch", "main", "hub.git");
  git("init", "--quiet", "--initial-branch", "main", "ada");
  ada.git("config", "gc.auto", "0");
  ada.git("remote", "add", "origin", "../hub.git");
  await project.expect(ada, "init", "--quiet");
  await project.expect(ada, "remote", "add", "--default", "store", "../store");
  ada.write("params.yaml", "lr: 0\n");
  ada.write("data/x.txt", "first\n");
  await project.expect(ada, "add", "data");
  ada.commitAll("start");
  ada.git("push", "--quiet", "origin", "main");
  git("clone", "--quiet", "hub.git", "bob");
  // Both name it alike, wherever a copy stands.
  project.bob.git("remote", "set-url", "origin", "../hub.git");
  return folder;
}
