import { lstatSync, rmSync } from "node:fs";
import { PathBusyError, ReproductionDeclinedError, ReproductionError } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import { chain, commit, lockOf, pipelineRepo, repro, reproOk } from "./repro-project.ts";

describe("a `.dvc` file", () => {
  test("of added data is accepted as it is now", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: cp data.txt o, deps: [data.txt], outs: [o]}\n");
    repo.write("data.txt", "one\n");
    repo.write(
      "data.txt.dvc",
      "# mine\nouts:\n- md5: 5bbf5a52328e7439ae6e719dfe712200\n  size: 4\n  hash: md5\n  path: data.txt\n",
    );
    await commit(repo, ["data.txt.dvc"], { force: true });
    repo.write("data.txt", "three\n");
    const { stages, events } = await reproOk(repo);
    expect(stages).toEqual(["data.txt.dvc", "a"]);
    expect(events[0]).toBe("data.txt.dvc: verifying");
    expect(repo.read("data.txt.dvc")).toBe(
      "# mine\nouts:\n- md5: febe6995bad457991331348f7b9c85fa\n  size: 6\n  hash: md5\n  path: data.txt\n",
    );
    expect(repo.read("o")).toBe("three\n");
  });
});

describe("options", () => {
  test("a dry run tells, and touches nothing", async () => {
    const repo = chain();
    const { events, stages } = await reproOk(repo, { isDry: true, targets: ["a"] });
    expect(events).toEqual(["a: running", "a> cp in.txt a.txt"]);
    expect(stages).toEqual(["a"]);
    expect([repo.has("a.txt"), repo.has("dvc.lock")]).toEqual([false, false]);
  });

  test("`commit: false` records without storing, and leaves storing to commit", async () => {
    const repo = chain();
    await reproOk(repo, { commit: false, targets: ["a"] });
    expect(lockOf(repo)["a"]?.outs).toHaveLength(1);
    expect(repo.has(".dvc/cache/files")).toBe(false);
    expect(repo.has(".dvc/cache/runs")).toBe(false);
    await commit(repo, ["a"]);
    expect(repo.has(".dvc/cache/files")).toBe(true);
    expect((await reproOk(repo, { targets: ["a"] })).stages).toEqual([]);
  });

  test("a question that is answered with no ends it", async () => {
    const repo = chain();
    const asked: string[] = [];
    const confirm = async (stage: { readonly name: string | undefined }): Promise<boolean> => {
      asked.push(stage.name ?? "");
      return stage.name === "a";
    };
    const { error } = await repro(repo, {}, { confirm });
    expect(asked).toEqual(["a", "b"]);
    expect(error?.cause).toBeInstanceOf(ReproductionDeclinedError);
    expect(Object.keys(lockOf(repo))).toEqual(["a"]);
  });

  test("commands find DVC_ROOT, DVC_STAGE and their folder", async () => {
    const text =
      "stages:\n  s: {cmd: echo $DVC_STAGE > s.txt && pwd >> s.txt && echo $DVC_ROOT >> s.txt, wdir: work, outs: [s.txt]}\n";
    const repo = pipelineRepo("", { "sub/dvc.yaml": text, "sub/work/.keep": "" });
    await reproOk(repo, { targets: ["sub/dvc.yaml:s"] });
    const { root } = repo;
    expect(repo.read("sub/work/s.txt")).toBe(`sub/dvc.yaml:s\n${root}/sub/work\n${root}\n`);
    expect(lockOf(repo, "sub/dvc.lock")["s"]?.outs?.[0]?.["path"]).toBe("s.txt");
    expect(repo.read("sub/work/.gitignore")).toBe("/s.txt\n");
  });

  test("outputs are linked as configured, and executable ones say so", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: 'echo x > o; echo y > p; chmod +x p', outs: [o, p]}\n");
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    await reproOk(repo);
    expect(lstatSync(repo.path("o")).isSymbolicLink()).toBe(true);
    expect(lockOf(repo)["a"]?.outs?.map((out) => out["isexec"])).toEqual([undefined, true]);
    expect((await reproOk(repo)).stages).toEqual([]);
  });

  test("outputs come back linked as configured, and stay what they were", async () => {
    for (const type of ["symlink", "hardlink", "copy"]) {
      const repo = pipelineRepo(
        "stages:\n  a: {cmd: 'echo x > o; echo y > p; chmod +x p', deps: [in.txt], outs: [o, p]}\n",
        {
          "in.txt": "x",
        },
      );
      repo.write(".dvc/config", `[cache]\n    type = ${type}\n`);
      await reproOk(repo);
      const lock = repo.read("dvc.lock");
      repo.remove("o");
      repo.remove("dvc.lock");
      expect((await reproOk(repo)).events).toEqual(["a: restored"]);
      expect(repo.read("dvc.lock")).toBe(lock);
      expect(lstatSync(repo.path("o")).isSymbolicLink()).toBe(type === "symlink");
      expect(lstatSync(repo.path("o")).nlink > 1).toBe(type === "hardlink");
    }
  });

  test("what several stages could not record is refused before anything runs", async () => {
    const repo = chain();
    repo.write(".gitignore", "dvc.lock\n");
    const { error } = await repro(repo);
    expect(error?.cause).toMatchObject({ code: "LOCK_FILE_IGNORED" });
    expect(repo.has("a.txt")).toBe(false);
  });

  test("uncached outputs may lie outside of the project", async () => {
    const repo = pipelineRepo("", { "sub/.keep": "" });
    const outside = `${repo.root}-outside.txt`;
    repo.write("dvc.yaml", `stages:\n  a: {cmd: "echo x > ${outside}", outs: ["${outside}": {cache: false}]}\n`);
    try {
      await reproOk(repo);
      expect(lockOf(repo)["a"]?.outs?.[0]?.["path"]).toBe(outside);
      expect((await reproOk(repo)).stages).toEqual([]);
    } finally {
      rmSync(outside, { force: true });
    }
  });

  test("files are staged where the configuration asks for it", async () => {
    const repo = chain();
    repo.write(".dvc/config", "[core]\n    autostage = true\n");
    const { result } = await reproOk(repo, { targets: ["a"] });
    expect(result?.edit.isStaged).toBe(true);
    expect(repo.git("diff", "--cached", "--name-only").split("\n")).toEqual([".gitignore", "dvc.lock"]);
  });
});

describe("checkpoint outputs", () => {
  const TEXT = `stages:
  train: {cmd: "echo step >> m.txt; [ ! -e stop ]", deps: [in.txt], outs: [m.txt: {checkpoint: true}]}
  eval: {cmd: "wc -l < m.txt > e.txt; echo run >> evals", deps: [m.txt], outs: [e.txt]}
`;

  test("make a stage no more changed than others, and what comes after runs once", async () => {
    const repo = pipelineRepo(TEXT, { "in.txt": "x\n" });
    await reproOk(repo);
    expect((await reproOk(repo)).stages).toEqual([]);
    expect(repo.read("evals")).toBe("run\n");
    expect(lockOf(repo)["train"]?.outs).toHaveLength(1);
  });

  test("keep what the command left when it fails", async () => {
    const repo = pipelineRepo(TEXT, { "in.txt": "x\n" });
    await reproOk(repo);
    repo.write("in.txt", "y\n");
    repo.write("stop", "");
    repo.write("dvc.yaml", TEXT.replace("echo step", "echo best"));
    expect((await repro(repo)).error).toBeInstanceOf(ReproductionError);
    expect(repo.read("m.txt")).toBe("best\n");
  });
});

describe("other commands", () => {
  test("see which paths a stage works on, and keep it from theirs", async () => {
    const repo = pipelineRepo(
      "stages:\n  a: {cmd: cp .dvc/tmp/rwlock seen && cp in.txt o, deps: [in.txt], outs: [o]}\n",
      {
        "in.txt": "x\n",
      },
    );
    await reproOk(repo, { commandLine: "waymark repro a" });
    const holder = { pid: process.pid, cmd: "waymark repro a (a)" };
    expect(JSON.parse(repo.read("seen"))).toEqual({
      read: { [repo.path("in.txt")]: [holder], [repo.path("o")]: [holder] },
      write: { [repo.path("o")]: holder },
    });
    expect(repo.read(".dvc/tmp/rwlock")).toBe("{}");
    const other = { pid: process.ppid, cmd: "dvc repro b" };
    repo.write(".dvc/tmp/rwlock", JSON.stringify({ read: { [repo.path("o")]: [other] } }));
    repo.write("in.txt", "y\n");
    const { error } = await repro(repo);
    expect(error?.cause).toBeInstanceOf(PathBusyError);
    expect(repo.read("o")).toBe("x\n");
  });

  test("may have the repository while a command runs", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: flock -n .dvc/tmp/lock true && echo free > o, outs: [o]}\n");
    await reproOk(repo);
    expect(repo.read("o")).toBe("free\n");
  });

  test("that record stages meanwhile lose nothing", async () => {
    const theirs = "schema: '2.0'\nstages:\n  other:\n    cmd: theirs  # kept\n";
    const text = "stages:\n  a: {cmd: cp theirs.lock dvc.lock && echo x > o, outs: [o]}\n";
    const repo = pipelineRepo(text, { "theirs.lock": theirs });
    await reproOk(repo);
    expect(repo.read("dvc.lock")).toContain("  other:\n    cmd: theirs  # kept\n  a:\n");
  });
});
