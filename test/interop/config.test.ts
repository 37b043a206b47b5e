import { join } from "node:path";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addRemote, changeConfigFile, editConfigFile, modifyRemote, readConfig, remoteConfig } from "@waymark/store";
import { interopProject, type InteropProject } from "../support/interop-project.ts";
import { dvc, INTEROP_ENV } from "../support/python.ts";

/** The configuration as the real DVC lists it. */
function listed(project: InteropProject): string {
  return dvc(project.root, "config", "--list");
}

function target(project: InteropProject, level: "repo" | "local" = "repo") {
  return { dvcDir: project.path(".dvc"), level, env: INTEROP_ENV };
}

test("DVC reads what is written here", () => {
  const project = interopProject(true);
  addRemote(target(project), { name: "main", url: "../storage", isDefault: true });
  addRemote(target(project), { name: "s", url: "s3://bucket/with, comma" });
  modifyRemote(target(project, "local"), "s", "secret_access_key", "a#b 'c'");
  modifyRemote(target(project, "local"), "s", "session_token", ' "quoted" ');
  changeConfigFile(target(project), (text) => editConfigFile(`# kept\n${text}`, "cache", "type", "hardlink,copy"));
  expect(listed(project).split("\n").toSorted()).toEqual([
    "",
    "cache.type=hardlink,copy",
    "core.remote=main",
    `remote.main.url=${project.path("storage")}`,
    "remote.s.secret_access_key=a#b 'c'",
    'remote.s.session_token= "quoted" ',
    "remote.s.url=s3://bucket/with, comma",
  ]);
  expect(dvc(project.root, "status")).toContain("no data or pipelines");
});

test("what DVC writes is read the same here, and edited in its style", () => {
  const project = interopProject(true);
  const run = (...args: string[]): string => dvc(project.root, ...args);
  run("remote", "add", "-d", "main", "../storage");
  run("remote", "add", "inner", "remote://main/sub");
  run("remote", "modify", "--local", "main", "verify", "true");
  run("config", "cache.type", "hardlink,symlink");
  run("config", "core.autostage", "true");
  const config = readConfig(project.path(".dvc"), INTEROP_ENV);
  expect(config.list("cache", "type")).toEqual(["hardlink", "symlink"]);
  expect(config.flag("core", "autostage")).toBe(true);
  expect(remoteConfig(config)).toEqual({
    ...{ name: "main", url: join(project.root, "../storage"), folder: project.path(".dvc") },
    options: new Map([["verify", "true"]]),
  });
  expect(remoteConfig(config, "inner").url).toBe(join(project.root, "../storage/sub"));

  // The same steps here leave the same bytes.
  const ours = interopProject(true);
  addRemote(target(ours), { name: "main", url: "../../storage", isDefault: true });
  addRemote(target(ours), { name: "inner", url: "remote://main/sub" });
  changeConfigFile(target(ours), (text) => editConfigFile(text, "cache", "type", "hardlink,symlink"));
  changeConfigFile(target(ours), (text) => editConfigFile(text, "core", "autostage", "true"));
  const bytes = (of: InteropProject): string[] => readFileSync(of.path(".dvc/config"), "utf8").split("\n").toSorted();
  expect(bytes(ours)).toEqual(bytes(project));
});

test("both refuse the same files", () => {
  const wrong = [
    "[core]\nfoo = 1\n",
    "[nope]\nfoo = 1\n",
    "[core]\nautostage = yes\n",
    "[cache]\ntype = symlnk\n",
    '[remote "a"]\njobs = 3\n',
    '[remote "a"]\nurl = s3://b/k\nport = 3\n',
    '[remote "a"]\nurl = ftp://b/k\n',
    "[core]\nremote\n",
    "[core]\nremote = 'a\n",
    "[core]\n[core]\n",
  ];
  const right = [
    "[feature]\nfoo = 1\n",
    "[Core]\nAUTOSTAGE = True\n",
    '[remote]\n[["a"]]\nurl = x\n',
    '[remote "a"]\nurl = remote://b/x\nfoo = 1\n[remote "b"]\nurl = /data\n',
    "[core]\nsite_cache_dir = /var/tmp/%(remote)s\nremote = a # b\n[remote 'a']\nurl = x\n".replace("'a'", '"a"'),
  ];
  const project = interopProject(true);
  const accepts = (work: () => unknown): boolean => {
    try {
      work();
      return true;
    } catch {
      return false;
    }
  };
  for (const text of [...wrong, ...right]) {
    project.write(".dvc/config", text);
    const theirs = accepts(() => dvc(project.root, "status"));
    expect([text, accepts(() => readConfig(project.path(".dvc"), INTEROP_ENV))]).toEqual([text, theirs]);
    expect([text, theirs]).toEqual([text, right.includes(text)]);
  }
});
