import { openProject, saveVariants, type Variant } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { randomNumbers } from "./support.ts";

function save(repo: GitRepo, variants: readonly Variant[]) {
  return saveVariants(openProject(repo.root, GIT_TEST_ENV), variants, { random: randomNumbers() });
}

const text = (content: string): Buffer => Buffer.from(content);

describe("saving many experiments at once", () => {
  test("gives each the workspace with its own files, and leaves everything else alone", () => {
    const repo = gitRepo({ "a.txt": "a\n", "params.yaml": "lr: 0\n", "gone.txt": "g\n", "sub/b.txt": "b\n" });
    repo.write("a.txt", "changed\n");
    const before = repo.fingerprint();
    const saved = save(repo, [
      { name: "one", message: "first\n\nof them", files: new Map([["params.yaml", text("lr: 1\n")]]) },
      {
        files: new Map([
          ["params.yaml", text("lr: 2\n")],
          ["gone.txt", null],
          ['new/quo"te\nbreak.txt', text("n\0\n")],
        ]),
      },
    ]);
    expect(saved.map(({ name }) => name)).toEqual(["one", expect.stringMatching(/^[a-z]+-[a-z]+$/u)]);
    for (const { ref, commit } of saved) {
      expect(repo.git("rev-parse", ref)).toBe(commit);
      expect(repo.git("rev-parse", `${commit}^`)).toBe(repo.head());
    }
    const [one, two] = saved.map(({ commit }) => commit);
    expect(repo.files(one ?? "")).toEqual({
      "a.txt": "changed",
      "gone.txt": "g",
      "params.yaml": "lr: 1",
      "sub/b.txt": "b",
    });
    expect(repo.git("log", "-1", "--format=%B", one ?? "")).toBe("first\n\nof them");
    expect(
      repo
        .git("ls-tree", "-r", "-z", "--name-only", two ?? "")
        .split("\0")
        .filter(Boolean),
    ).toEqual(["a.txt", 'new/quo"te\nbreak.txt', "params.yaml", "sub/b.txt"]);
    expect(repo.fingerprint()).toBe(before);
    expect(repo.git("for-each-ref", "refs/waymark")).toBe("");
    expect(repo.git("fsck", "--strict", "--no-dangling", "--no-progress")).toBe("");
  });

  test("draws names that nothing else has", () => {
    const repo = gitRepo();
    const names = save(
      repo,
      Array.from({ length: 300 }, (_, at) => ({ files: new Map([["n.txt", text(`${at}\n`)]]) })),
    ).map(({ name }) => name);
    expect(new Set(names).size).toBe(300);
    expect(repo.git("for-each-ref", "refs/exps").split("\n")).toHaveLength(300);
  });

  test("saves all of them or none", () => {
    const repo = gitRepo();
    const files = new Map([["n.txt", text("1\n")]]);
    save(repo, [{ name: "taken", files }]);
    const refs = repo.git("for-each-ref");
    for (const names of [
      ["new", "taken"],
      ["twice", "twice"],
    ]) {
      expect(() =>
        save(
          repo,
          names.map((name) => ({ name, files })),
        ),
      ).toThrow(/exists already/u);
    }
    expect(() => save(repo, [{ name: "a/b", files }])).toThrow("'a/b' cannot name an experiment");
    expect(() => save(repo, [{ name: "x", files: new Map([["../out", text("1")]]) }])).toThrow(/\.\./u);
    expect(() => save(repo, [{ name: "x", files: new Map([[".git/config", text("1")]]) }])).toThrow(/Git folder/u);
    expect(repo.git("for-each-ref")).toBe(refs);
  });
});
