import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getExternal, importRepo, openDvcProject, openExternalRepo, updateImports } from "@waymark/pipeline";
import { GIT_TEST_ENV, type GitRepo } from "../support/git-repo.ts";
import { emptyProject, sourceRepo, temporaryFolder } from "../support/source-repo.ts";

const env = { ...GIT_TEST_ENV, DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };

/** Saves the state of a repository as an experiment, as both tools do, and takes the repository back. */
function experiment(repo: GitRepo, name: string, baseline: string, change: () => void): string {
  change();
  const commit = repo.commitAll(name);
  repo.git("update-ref", `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`, commit);
  repo.git("reset", "-q", "--hard", "HEAD~1");
  return commit;
}

describe("the name of an experiment of another repository", () => {
  const make = (): ReturnType<typeof sourceRepo> & { readonly commit: string } => {
    const source = sourceRepo();
    const commit = experiment(source.repo, "brave-bat", source.second, () => {
      source.repo.write("deep/er/model.bin", "better\n");
      source.track("deep/er/model.bin");
      source.repo.write("top.txt", "of the experiment\n");
    });
    return { ...source, commit };
  };

  test.each(["a folder", "an address"])("is a revision of %s, for Git's files and for data", async (kind) => {
    const { repo, commit } = make();
    const url = kind === "a folder" ? repo.root : `file://${repo.root}`;
    const cwd = temporaryFolder("cwd");
    await getExternal(url, "deep/er/model.bin", { cwd, env, revision: "brave-bat" });
    expect(readFileSync(join(cwd, "model.bin"), "utf8")).toBe("better\n");
    await getExternal(url, "top.txt", { cwd, env, revision: "brave-bat" });
    expect(readFileSync(join(cwd, "top.txt"), "utf8")).toBe("of the experiment\n");
    const project = emptyProject();
    const { dvcFile } = await importRepo(openDvcProject(project.root, env), url, "deep/er/model.bin", {
      revision: "brave-bat",
    });
    expect(project.read(dvcFile)).toContain(`rev: brave-bat\n    rev_lock: ${commit}\n`);
    const { updated } = await updateImports(openDvcProject(project.root, env), [dvcFile]);
    expect(updated.map(({ outcome }) => outcome)).toEqual(["unchanged"]);
  });

  test("gives way to branches and tags, and is asked for when it is ambiguous", async () => {
    const { repo, first, commit } = make();
    const other = experiment(repo, "brave-bat", first, () => repo.write("top.txt", "other\n"));
    const find = async (revision: string): Promise<string | undefined> => {
      const opened = await openExternalRepo(`file://${repo.root}`, { cwd: "/", env, revision });
      await opened.close();
      return opened.commit;
    };
    // That of the current commit is meant.
    expect(await find("brave-bat")).toBe(commit);
    repo.write("more.txt", "");
    repo.commitAll("three");
    await expect(find("brave-bat")).rejects.toThrow(
      new RegExp(`has 2 experiments named 'brave-bat': .*${other.slice(0, 7)}`),
    );
    repo.git("tag", "brave-bat", first);
    expect(await find("brave-bat")).toBe(first);
    await expect(find("calm-cod")).rejects.toMatchObject({ code: "NO_EXTERNAL_REVISION" });
  });
});
