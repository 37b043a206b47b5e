import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GIT_ENV } from "../support/experiment-repo.ts";
import { GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { shareProject } from "./share-project.ts";

describe("`exp push` and `exp pull`", () => {
  test("bring experiments with their data, and change nothing else", async () => {
    const project = await shareProject();
    const { ada, bob } = project;
    const tip = await project.save("one", 1);
    await project.save("two", 2);
    const before = [ada.fingerprint(), bob.fingerprint()];
    expect(await project.expect(ada, "exp", "push", "origin", "one")).toBe(
      "Pushed experiment one to Git remote 'origin'.\n2 files uploaded\n",
    );
    expect(await project.expect(bob, "exp", "pull", "origin", "one")).toBe(
      "Pulled experiment one from Git remote 'origin'.\n2 files downloaded\n",
    );
    expect(project.refs(bob)).toEqual({ [project.ref("one")]: tip });
    expect([ada.fingerprint(), bob.fingerprint()]).toEqual(before);
    await project.expect(bob, "exp", "apply", "one");
    expect(bob.read("data/x.txt")).toBe("data of one\n");
    expect(bob.read("params.yaml")).toBe("lr: 1\n");
  });

  test("say what is up to date, and send data that was left out before", async () => {
    const project = await shareProject();
    const { ada, bob } = project;
    await project.save("one", 1);
    await project.expect(ada, "exp", "push", "origin", "--no-cache");
    expect(project.objects("store")).toBe(0);
    await project.expect(bob, "exp", "pull", "origin", "--no-cache");
    expect(await project.expect(ada, "exp", "push", "origin")).toBe(
      "Experiment one is up to date on Git remote 'origin'.\n2 files uploaded\n",
    );
    expect(await project.expect(bob, "exp", "pull", "origin")).toBe("No experiments to pull.\n2 files downloaded\n");
  });

  test("take the experiments of HEAD, of all commits, or those a query asks for", async () => {
    const project = await shareProject();
    const { ada, bob } = project;
    await project.save("old", 1);
    ada.git("commit", "--quiet", "--allow-empty", "--message", "second");
    await project.save("low", 2);
    await project.save("high", 3);
    await project.expect(ada, "exp", "push", "origin");
    expect(project.names(project.hub)).toEqual(["high", "low"]);
    await project.expect(ada, "exp", "push", "origin", "-A", "--where", "params.lr < 2");
    expect(project.names(project.hub)).toEqual(["high", "low", "old"]);
    expect(await project.expect(bob, "exp", "pull", "origin")).toContain("Pulled experiment old ");
    await project.expect(bob, "exp", "pull", "origin", "-A", "--sort-by", "lr", "--sort-order", "desc", "--top", "1");
    expect(project.names(bob)).toEqual(["high", "old"]);
    bob.git("fetch", "--quiet", "origin");
    ada.git("push", "--quiet", "origin", "main");
    await project.expect(bob, "exp", "pull", "origin", "--rev", ada.head());
    expect(project.names(bob)).toEqual(["high", "low", "old"]);
  });

  test("say what they would do with --dry, and do nothing", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    const tip = await project.save("one", 1);
    expect(await project.expect(ada, "exp", "push", "origin", "--dry")).toBe(
      "Would push experiment one to Git remote 'origin'.\n",
    );
    expect([project.names(hub), project.objects("store")]).toEqual([[], 0]);
    await project.expect(ada, "exp", "push", "origin");
    expect(await project.expect(bob, "exp", "pull", "origin", "--dry")).toBe(
      "Would pull experiment one from Git remote 'origin'.\n",
    );
    expect([project.names(bob), project.objects(bob)]).toEqual([[], 0]);
    // Not even commits are downloaded for that.
    expect(() => bob.git("cat-file", "-e", tip)).toThrow("cat-file -e");
  });

  test("leave what has diverged as it is and succeed; replace it with --force", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    await project.save("one", 1);
    await project.expect(ada, "exp", "push", "origin");
    const theirs = await project.save("one", 5, "other data\n", bob);
    const refused = await project.run(bob, "exp", "push", "origin", "one");
    expect(refused.code).toBe(0);
    expect(refused.stderr).toContain("Local experiment one has diverged from remote experiment with the same name.");
    expect(refused.stdout).toBe("No experiments to push.\n");
    expect(project.refs(hub)).toEqual(project.refs(ada));
    const unpulled = await project.run(bob, "exp", "pull", "origin", "one");
    expect([unpulled.code, project.refs(bob)[project.ref("one")]]).toEqual([0, theirs]);
    expect(unpulled.stderr).toContain("has diverged");
    await project.expect(bob, "exp", "push", "origin", "one", "--force");
    expect(project.refs(hub)[project.ref("one")]).toBe(theirs);
    await project.expect(ada, "exp", "pull", "origin", "--force");
    expect(project.refs(ada)[project.ref("one")]).toBe(theirs);
  });

  test("go on with a chain that grew, and never take its newer commits away", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    await project.save("one", 1);
    await project.expect(ada, "exp", "push", "origin");
    await project.expect(bob, "exp", "pull", "origin");
    const ref = project.ref("one");
    const old = ada.git("rev-parse", ref);
    const grown = ada.git("commit-tree", `${ref}^{tree}`, "-p", ref, "-m", "next");
    ada.git("update-ref", ref, grown);
    await project.expect(ada, "exp", "push", "origin");
    expect(project.refs(hub)[ref]).toBe(grown);
    // Only who has the newer commits can tell that they are newer, and not others.
    expect((await project.run(bob, "exp", "push", "origin")).stderr).toContain("to have its commits, pull it first");
    bob.git("fetch", "--quiet", "origin", ref);
    const behind = await project.run(bob, "exp", "push", "origin");
    expect(behind.stderr).toContain("Git remote 'origin' has newer commits of one: pull them first.");
    expect(await project.expect(bob, "exp", "pull", "origin")).toContain("Pulled experiment one");
    expect(bob.git("rev-parse", ref)).toBe(grown);
    ada.git("update-ref", ref, old);
    ada.git("push", "--quiet", "--force", "origin", ref);
    const newer = await project.run(bob, "exp", "pull", "origin");
    expect([newer.code, newer.stderr]).toEqual([0, expect.stringContaining("one has newer commits here.")]);
    expect(bob.git("rev-parse", ref)).toBe(grown);
  });

  test("name every experiment that does not exist, and share nothing then", async () => {
    const project = await shareProject();
    await project.save("one", 1);
    const push = await project.run(project.ada, "exp", "push", "origin", "one", "onee", "nope");
    expect([push.code, project.names(project.hub)]).toEqual([255, []]);
    expect(push.stderr).toContain("'onee', 'nope'");
    await project.expect(project.ada, "exp", "push", "origin");
    const pull = await project.run(project.bob, "exp", "pull", "origin", "one", "onne");
    expect([pull.code, project.names(project.bob)]).toEqual([255, []]);
    expect(pull.stderr).toContain("Did you mean one?");
  });

  test("print JSON with the commit of each experiment", async () => {
    const project = await shareProject();
    const tip = await project.save("one", 1);
    const entry = { name: "one", commit: tip, ref: project.ref("one"), baseline: project.ada.head() };
    expect(await project.json(project.ada, "exp", "push", "origin")).toEqual({
      ...{ dry: false, pushed: [entry], up_to_date: [], behind: [], diverged: [], refused: [] },
      ...{ labels: { moved: 0, diverged: [] }, data: { files: 2, failed: [], missing: [], unreadable: [] } },
    });
    expect(await project.json(project.bob, "exp", "pull", "origin")).toEqual({
      ...{ dry: false, pulled: [entry], up_to_date: [], behind: [], diverged: [], broken: [] },
      ...{ labels: { moved: 0, diverged: [] }, data: { files: 2, failed: [], missing: [], unreadable: [] } },
    });
  });
});

describe("the order of a push", () => {
  test("sends no ref when there is no remote for data", async () => {
    const project = await shareProject();
    await project.save("one", 1);
    await project.expect(project.ada, "remote", "remove", "store");
    const { code, stderr } = await project.run(project.ada, "exp", "push", "origin");
    expect([code, project.names(project.hub)]).toEqual([255, []]);
    expect(stderr).toContain("No remote is named and none is the default");
    await project.expect(project.ada, "exp", "push", "origin", "--no-cache");
    expect(project.names(project.hub)).toEqual(["one"]);
  });

  test("keeps back the experiments whose data could not be sent, and shares the others", async () => {
    const project = await shareProject();
    const { ada } = project;
    await project.save("good", 1);
    await project.save("bad", 2);
    const file = ada.git("ls-files", "--others", "--ignored", "--exclude-standard", ".dvc/cache/files").split("\n");
    const { md5 } = JSON.parse(
      execFileSync("md5sum", ["data/x.txt"], { cwd: ada.root, encoding: "utf8" }).replace(
        /^(\w+).*$/su,
        '{"md5":"$1"}',
      ),
    ) as { md5: string };
    const object = file.find((path) => path.replaceAll("/", "").endsWith(md5)) ?? "";
    chmodSync(ada.path(object), 0o644);
    writeFileSync(ada.path(object), "another content, as a damaged disk has\n");
    const { code, stdout, stderr } = await project.run(ada, "exp", "push", "origin");
    expect(code).toBe(255);
    expect(stdout).toContain("Pushed experiment good to Git remote 'origin'.");
    expect(stderr).toContain("So these were not pushed: bad");
    expect(project.names(project.hub)).toEqual(["good"]);
  });

  test("sends the data of every commit of a chain once", async () => {
    const project = await shareProject();
    const { ada } = project;
    const first = await project.save("one", 1, "epoch 1\n");
    const second = await project.save("two", 1, "epoch 2\n");
    const chained = ada.git("commit-tree", `${second}^{tree}`, "-p", first, "-m", "next");
    ada.git("update-ref", project.ref("one"), chained);
    ada.git("update-ref", "-d", project.ref("two"));
    expect(await project.expect(ada, "exp", "push", "origin")).toContain("4 files uploaded");
    await project.expect(project.bob, "exp", "pull", "origin");
    expect(project.objects(project.bob)).toBe(4);
  });
});

describe("tags and notes", () => {
  const TAGS = "refs/waymark/tags/";
  const NOTES = "refs/waymark/notes/";

  test("travel with their experiment, and so does that they were taken away", async () => {
    const project = await shareProject();
    const { ada, bob, hub } = project;
    await project.save("one", 1);
    await project.save("two", 2);
    const label = (space: string, name: string): string => project.ref(name).replace("refs/exps/", space);
    const write = (repo: typeof ada, space: string, name: string, text: string): void => {
      const file = join(project.folder, "label");
      writeFileSync(file, text);
      repo.git("update-ref", label(space, name), repo.git("hash-object", "-w", file));
    };
    const read = (repo: typeof ada, space: string, name: string): string | undefined => {
      const id = project.refs(repo)[label(space, name)];
      return id === undefined ? undefined : repo.git("cat-file", "blob", id);
    };
    write(ada, TAGS, "one", "baseline\n");
    write(ada, NOTES, "one", "the first\n");
    write(ada, TAGS, "two", "keep\n");
    await project.expect(ada, "exp", "push", "origin", "one");
    expect([read(hub, TAGS, "one"), read(hub, NOTES, "one"), read(hub, TAGS, "two")]).toEqual([
      ...["baseline", "the first", undefined],
    ]);
    await project.expect(bob, "exp", "pull", "origin");
    expect([read(bob, TAGS, "one"), read(bob, NOTES, "one")]).toEqual(["baseline", "the first"]);
    // Only one side changed: the other follows.
    write(bob, TAGS, "one", "baseline\nbest\n");
    bob.git("update-ref", "-d", label(NOTES, "one"));
    await project.expect(bob, "exp", "push", "origin");
    await project.expect(ada, "exp", "pull", "origin");
    expect([read(ada, TAGS, "one"), read(ada, NOTES, "one")]).toEqual(["baseline\nbest", undefined]);
    // Both sides changed: nobody's is lost without --force.
    write(ada, TAGS, "one", "from ada\n");
    write(bob, TAGS, "one", "from bob\n");
    await project.expect(ada, "exp", "push", "origin");
    const refused = await project.run(bob, "exp", "push", "origin");
    expect(refused.stderr).toContain("Tags or notes of one were changed here and there");
    expect(read(hub, TAGS, "one")).toBe("from ada");
    await project.expect(bob, "exp", "push", "origin", "--force");
    expect(read(hub, TAGS, "one")).toBe("from bob");
  });

  test("of an experiment whose data could not be had come with it later, and nobody takes them away until then", async () => {
    const project = await shareProject();
    const { ada, bob, hub, store, folder } = project;
    await project.save("one", 1);
    await project.expect(ada, "exp", "tag", "one", "-t", "best");
    await project.expect(ada, "exp", "push", "origin");
    renameSync(store, join(folder, "elsewhere"));
    cpSync(join(folder, "elsewhere"), store, { recursive: true });
    for (const path of readdirSync(store, { recursive: true, withFileTypes: true })) {
      if (!path.isFile()) continue;
      chmodSync(join(path.parentPath, path.name), 0o644);
      writeFileSync(join(path.parentPath, path.name), "damaged\n");
    }
    expect((await project.run(bob, "exp", "pull", "origin")).code).toBe(255);
    expect(project.refs(bob)).toEqual({});
    rmSync(store, { recursive: true });
    renameSync(join(folder, "elsewhere"), store);
    await project.expect(bob, "exp", "pull", "origin");
    expect(await project.expect(bob, "exp", "tag", "one")).toBe("one\tbest\n");
    await project.expect(bob, "exp", "push", "origin");
    expect(Object.keys(project.refs(hub))).toContain(project.ref("one").replace("refs/exps", "refs/waymark/tags"));
  });

  test("and experiments are all that is sent: no operation, no record, no foreign ref", async () => {
    const project = await shareProject();
    const { ada, hub } = project;
    await project.save("one", 1);
    for (const ref of ["refs/waymark/trash/x", "refs/exps/exec/EXEC_HEAD", "refs/exps/foreign/meta", "refs/tags/v1"]) {
      ada.git("update-ref", ref, "HEAD");
    }
    await project.expect(ada, "exp", "push", "origin", "-A");
    expect(hub.git("for-each-ref", "--format=%(refname)").split("\n")).toEqual([project.ref("one"), "refs/heads/main"]);
  });
});

test("an experiment can be pulled whose baseline is not here, into a repository without commits", async () => {
  const project = await shareProject();
  await project.save("one", 1);
  await project.expect(project.ada, "exp", "push", "origin");
  const empty = join(project.folder, "empty");
  execFileSync("git", ["init", "--quiet", empty], { env: GIT_ENV });
  const { code, stdout } = await runHere(empty, ["exp", "pull", project.hub.root, "one"]);
  expect([code, stdout]).toEqual([0, `Pulled experiment one from Git remote '${project.hub.root}'.\n`]);
});

test("both work from a partial clone, a linked work tree and a sub-folder", async () => {
  const project = await shareProject();
  const { ada, hub, folder } = project;
  await project.save("one", 1);
  await project.expect(ada, "exp", "push", "origin", "--no-cache");
  for (const key of ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"]) hub.git("config", key, "true");
  const clone = join(folder, "partial");
  execFileSync("git", ["clone", "--quiet", "--filter=blob:none", `file://${hub.root}`, clone], { env: GIT_ENV });
  const partial = new GitRepo(clone);
  const commit = partial.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x");
  partial.git("update-ref", project.ref("partial"), commit);
  await project.expect(partial, "exp", "pull", "origin", "one", "--no-cache");
  expect(project.names(partial)).toEqual(["one", "partial"]);
  await project.expect(partial, "exp", "push", "origin", "partial", "--no-cache");
  const linked = new GitRepo(join(folder, "linked"));
  ada.git("worktree", "add", "--quiet", "--detach", linked.root);
  ada.git("update-ref", project.ref("linked"), ada.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "y"));
  linked.write("sub/file.txt", "");
  const { code } = await runHere(linked.path("sub"), ["exp", "push", "origin", "linked", "--no-cache"]);
  expect([code, project.names(hub)]).toEqual([0, ["linked", "one", "partial"]]);
});
