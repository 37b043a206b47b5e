import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { initDvcFolder } from "@waymark/store";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";

let repo: GitRepo;

beforeEach(() => {
  repo = gitRepo({ "sub/a.txt": "a\n" });
  initDvcFolder(repo.root);
});

function run(...argv: readonly string[]): Promise<Answer> {
  return runHere(repo.root, argv, { DVC_GLOBAL_CONFIG_DIR: repo.path("global") });
}

async function out(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...argv);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("config", () => {
  test("writes to the project and reads from all levels", async () => {
    expect(await out("config", "core.autostage", "true")).toBe("");
    await out("config", "--global", "core.autostage", "false");
    await out("config", "--local", "core.Remote", "x");
    expect(repo.read(".dvc/config")).toBe("[core]\n    autostage = true\n");
    expect(await out("config", "core.autostage")).toBe("true\n");
    expect(await out("config", "--global", "core.autostage")).toBe("false\n");
    expect(await out("config", "-l")).toBe("core.autostage=false\ncore.autostage=true\ncore.remote=x\n");
    expect(await out("config", "--list", "--show-origin")).toBe(
      `${repo.path("global/config")}\tcore.autostage=false\n` +
        ".dvc/config\tcore.autostage=true\n.dvc/config.local\tcore.remote=x\n",
    );
    expect(await out("config", "--show-origin", "core.remote")).toBe(".dvc/config.local\tx\n");
  });

  test("unsets, and keeps the comments of the file", async () => {
    repo.write(".dvc/config", "# team\n[core]\n    autostage = true # yes\n    remote = a\n");
    await out("config", "--unset", "core.remote");
    await out("config", "core.autostage", "false");
    expect(repo.read(".dvc/config")).toBe("# team\n[core]\n    autostage = false # yes\n");
    expect((await run("config", "-u", "core.remote")).code).toBe(251);
  });

  test("names remotes by remote.NAME.option, and takes paths from where one is", async () => {
    await runHere(repo.path("sub"), ["config", "remote.Main.url", "../data"]);
    expect(repo.read(".dvc/config")).toBe("['remote \"main\"']\n    url = ../data\n");
    expect(await out("config", "remote.main.url")).toBe(`${repo.path("data")}\n`);
    await out("config", "--local", "db.db1.password", "secret");
    expect(await out("config", "-l")).toBe(`remote.main.url=${repo.path("data")}\ndb.db1.password=secret\n`);
  });

  test("warns of a secret that Git would keep", async () => {
    const warning =
      "warning: Git keeps .dvc/config, where 'password' is now. Take it back with `--unset`, and set it with `--local`.\n";
    expect(await run("config", "db.db1.password", "secret")).toEqual({ code: 0, stdout: "", stderr: warning });
    await out("remote", "add", "a", "ssh://host/x");
    expect(await run("remote", "modify", "a", "password", "secret")).toEqual({ code: 0, stdout: "", stderr: warning });
    await out("remote", "modify", "a", "--unset", "password");
    await out("remote", "modify", "--local", "a", "password", "secret");
  });

  test("says nothing of an option that is not set, unless a level was named", async () => {
    expect(await run("config", "core.remote")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await run("config", "--local", "core.remote")).toEqual({
      ...{ code: 251, stdout: "" },
      stderr: `error: ${repo.path(".dvc/config.local")}: 'core.remote' is not set\nhint: See what is: \`waymark config --list\`.\n`,
    });
  });

  test("refuses what DVC would refuse, and leaves the file alone", async () => {
    expect(await run("config", "core.remot", "x")).toEqual({
      ...{ code: 251, stdout: "" },
      stderr: `error: ${repo.path(".dvc/config")}:2: there is no key 'remot' in section 'core'\nhint: Did you mean 'remote'?\n`,
    });
    expect((await run("config", "core.autostage", "maybe")).code).toBe(251);
    expect(repo.read(".dvc/config")).toBe("");
  });

  test("mends a file that other commands refuse", async () => {
    repo.write(".dvc/config", "[core]\n    autostage = maybe\n");
    expect(await out("config", "core.autostage")).toBe("maybe\n");
    await out("config", "core.autostage", "true");
    expect(repo.read(".dvc/config")).toBe("[core]\n    autostage = true\n");
  });

  test("works outside of a project for the user's file only", async () => {
    const folder = gitRepo({}).root;
    const env = { DVC_GLOBAL_CONFIG_DIR: join(folder, "global") };
    expect((await runHere(folder, ["config", "core.autostage", "true"], env)).code).toBe(251);
    expect((await runHere(folder, ["config", "--local", "core.autostage"], env)).code).toBe(251);
    expect((await runHere(folder, ["config", "--global", "core.autostage", "true"], env)).code).toBe(0);
    expect((await runHere(folder, ["config", "-l"], env)).stdout).toBe("core.autostage=true\n");
  });

  test("exits as DVC does when words do not go together", async () => {
    expect((await run("config")).code).toBe(1);
    expect((await run("config", "-l", "core.remote")).code).toBe(1);
    expect((await run("config", "--show-origin", "core.remote", "x")).code).toBe(1);
    expect((await run("config", "core")).code).toBe(254);
    expect((await run("config", "--global", "--local", "core.remote")).code).toBe(254);
    expect((await run("config", "--nope")).code).toBe(254);
  });
});

describe("remote", () => {
  test("add writes what DVC writes, and list shows it in its columns", async () => {
    expect(await out("remote", "add", "-d", "Main", "../storage")).toBe("Setting 'main' as a default remote.\n");
    await out("remote", "add", "second", "ssh://me:pw@host/path");
    expect(repo.read(".dvc/config")).toBe(
      "[core]\n    remote = main\n['remote \"main\"']\n    url = ../../storage\n" +
        "['remote \"second\"']\n    url = ssh://me:pw@host/path\n",
    );
    const url = join(repo.root, "../storage");
    const line = `main    ${url}`;
    expect(await out("remote", "list")).toBe(
      `${line.padEnd(line.length + 8 - (line.length % 8))}(default)\nsecond  ssh://me:***@host/path\n`,
    );
    expect(await run("remote", "list", "--local")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("add refuses a name that is taken unless forced, which drops its settings", async () => {
    await out("remote", "add", "a", "/data");
    await out("remote", "modify", "a", "jobs", "4");
    expect((await run("remote", "add", "a", "/other")).code).toBe(251);
    await out("remote", "add", "-f", "a", "/other");
    expect(repo.read(".dvc/config")).toBe("['remote \"a\"']\n    url = /other\n");
  });

  test("modify sets, checks and unsets settings, of another level's remote too", async () => {
    await out("remote", "add", "a", "ssh://host/x");
    await out("remote", "modify", "--local", "a", "password", "hunter2");
    await runHere(repo.path("sub"), ["remote", "modify", "a", "keyfile", "id"]);
    expect(repo.read(".dvc/config")).toBe("['remote \"a\"']\n    url = ssh://host/x\n    keyfile = ../sub/id\n");
    expect(repo.read(".dvc/config.local")).toBe("['remote \"a\"']\n    password = hunter2\n");
    expect((await run("remote", "modify", "a", "port", "many")).code).toBe(251);
    expect((await run("remote", "modify", "a", "region", "x")).code).toBe(251);
    expect((await run("remote", "modify", "b", "port", "1")).code).toBe(251);
    expect((await run("remote", "modify", "a", "port")).code).toBe(254);
    await out("remote", "modify", "a", "--unset", "keyfile");
    expect(repo.read(".dvc/config")).toBe("['remote \"a\"']\n    url = ssh://host/x\n");
  });

  test("default prints, sets and unsets", async () => {
    expect(await run("remote", "default")).toEqual({ code: 1, stdout: "No default remote set\n", stderr: "" });
    expect((await run("remote", "default", "a")).code).toBe(251);
    await out("remote", "add", "a", "/data");
    await out("remote", "default", "A");
    expect(await out("remote", "default")).toBe("a\n");
    await out("remote", "default", "--unset");
    expect(repo.read(".dvc/config")).toBe("['remote \"a\"']\n    url = /data\n");
  });

  test("rename and remove take the default along", async () => {
    await out("remote", "add", "a", "/data");
    await out("remote", "add", "b", "/other");
    await out("remote", "default", "--local", "a");
    expect((await run("remote", "rename", "a", "b")).code).toBe(251);
    await out("remote", "rename", "a", "c");
    expect(repo.read(".dvc/config.local")).toBe("[core]\n    remote = c\n");
    expect(await out("remote", "list")).toContain("c       /data   (default)\n");
    await out("remote", "remove", "c");
    expect(repo.read(".dvc/config")).toBe("['remote \"b\"']\n    url = /other\n");
    expect(repo.read(".dvc/config.local")).toBe("");
    expect((await run("remote", "remove", "c")).code).toBe(251);
  });

  test("needs its words", async () => {
    expect((await run("remote", "add", "a")).code).toBe(254);
    expect((await run("remote", "frobnicate")).code).toBe(254);
  });
});

describe("cache dir", () => {
  test("prints where the cache is, and moves it", async () => {
    expect(await out("cache", "dir")).toBe(`${repo.path(".dvc/cache")}\n`);
    await runHere(repo.path("sub"), ["cache", "dir", "cache"]);
    expect(repo.read(".dvc/config")).toBe("[cache]\n    dir = ../sub/cache\n");
    expect(await out("cache", "dir")).toBe(`${repo.path("sub/cache")}\n`);
    await out("cache", "dir", "--unset");
    expect(repo.read(".dvc/config")).toBe("");
  });

  test("of a level that does not say is an error", async () => {
    expect((await run("cache", "dir", "--local")).code).toBe(251);
    expect((await run("cache", "dir", "--unset")).code).toBe(251);
  });
});

test("a key that DVC does not know ends every command of DVC's with its code", async () => {
  writeFileSync(repo.path(".dvc/config"), "[core]\nfoo = 1\n");
  const { code, stderr } = await run("exp", "show");
  expect(code).toBe(251);
  expect(stderr).toContain(".dvc/config:2: there is no key 'foo' in section 'core'");
  expect(readFileSync(repo.path(".dvc/config"), "utf8")).toContain("foo");
});
