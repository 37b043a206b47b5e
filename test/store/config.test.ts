import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig, readDvcConfig, redactUrl, remoteConfig, urlConfig } from "@waymark/store";
import { dvcProject } from "./folder.ts";

interface Levels {
  readonly system?: string;
  readonly global?: string;
  readonly repo?: string;
  readonly local?: string;
}

function project(levels: Levels): { root: string; dvcDir: string; env: Record<string, string> } {
  const { root } = dvcProject();
  const dvcDir = join(root, ".dvc");
  const env = {
    HOME: join(root, "home"),
    DVC_GLOBAL_CONFIG_DIR: join(root, "global"),
    DVC_SYSTEM_CONFIG_DIR: join(root, "system"),
  };
  for (const [folder, text] of [
    [env.DVC_SYSTEM_CONFIG_DIR, levels.system],
    [env.DVC_GLOBAL_CONFIG_DIR, levels.global],
  ] as const) {
    if (text === undefined) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config"), text);
  }
  if (levels.repo !== undefined) writeFileSync(join(dvcDir, "config"), levels.repo);
  if (levels.local !== undefined) writeFileSync(join(dvcDir, "config.local"), levels.local);
  return { root, dvcDir, env };
}

describe("levels", () => {
  test("are merged key by key, the later one winning", () => {
    const { dvcDir, env } = project({
      system: "[core]\nremote = a\nautostage = true\n",
      global: "[core]\nremote = b\ncheck_update = false\n",
      repo: "[core]\nremote = C\n",
      local: "[cache]\ntype = copy\n",
    });
    const config = readConfig(dvcDir, env);
    expect(config.defaultRemote).toBe("c");
    expect(config.flag("core", "autostage")).toBe(true);
    expect(config.flag("core", "check_update", true)).toBe(false);
    expect(config.flag("core", "analytics", true)).toBe(true);
    expect(config.setting("core", "remote")).toMatchObject({ level: "repo", path: join(dvcDir, "config"), line: 2 });
    expect(readConfig(dvcDir, env, { levels: ["global"] }).text("core", "remote")).toBe("b");
  });

  test("give a remote its URL and its password from different files", () => {
    const { dvcDir, env } = project({
      repo: '[remote "a"]\nurl = ssh://host/data\nuser = ada\n',
      local: '[remote "a"]\npassword = secret\nkeyfile = keys/id\n',
    });
    expect(remoteConfig(readConfig(dvcDir, env), "A")).toEqual({
      name: "a",
      url: "ssh://host/data",
      folder: dvcDir,
      options: new Map([
        ["user", "ada"],
        ["password", "secret"],
        ["keyfile", join(dvcDir, "keys/id")],
      ]),
    });
  });

  test("have paths that are relative to the folder of their file", () => {
    const { root, dvcDir, env } = project({
      global: '[remote "a"]\nurl = storage\n[remote "home"]\nurl = ~/data\n',
      repo: "[cache]\ndir = ../cache\n['remote \"s3\"']\nurl = s3://bucket/x\ncredentialpath = creds\n",
    });
    const config = readConfig(dvcDir, env);
    expect(remoteConfig(config, "a").url).toBe(join(root, "global/storage"));
    expect(remoteConfig(config, "home").url).toBe(join(root, "home/data"));
    expect(remoteConfig(config, "s3").url).toBe("s3://bucket/x");
    expect(remoteConfig(config, "s3").options.get("credentialpath")).toBe(join(dvcDir, "creds"));
    expect(readDvcConfig(dvcDir, env).cacheDir).toBe(join(root, "cache"));
  });
});

describe("what the cache needs", () => {
  test("has DVC's defaults", () => {
    const { dvcDir, env } = project({});
    expect(readDvcConfig(dvcDir, env)).toMatchObject({
      ...{ cacheDir: join(dvcDir, "cache"), linkTypes: ["reflink", "copy"], isShared: false },
      ...{ usesHardlinkLock: false, isAutostaging: false, hasNoScm: false },
    });
  });

  test("is read whether a list is in quotes or not", () => {
    for (const types of ['"hardlink, symlink"', "hardlink,symlink", "hardlink , 'symlink'"]) {
      const { dvcDir, env } = project({ repo: `[cache]\ntype = ${types}\nshared = Group\n` });
      expect(readDvcConfig(dvcDir, env)).toMatchObject({ linkTypes: ["hardlink", "symlink"], isShared: true });
    }
  });
});

describe("what DVC refuses is refused, with its place", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["[core]\nremot = x\n", "there is no key 'remot' in section 'core'", "Did you mean 'remote'?"],
    ["[croe]\nremote = x\n", "there is no section 'croe'", "Did you mean 'core'?"],
    ["[core]\nautostage = yes\n", "'autostage' of section 'core' must be true or false, not 'yes'", undefined],
    ["[cache]\ntype = symlnk\n", "'symlnk' is not a link type", undefined],
    [
      "[core]\nchecksum_jobs = 0\n",
      "'checksum_jobs' of section 'core' must be a whole number from 1, not '0'",
      undefined,
    ],
    ["[parsing]\nbool = maybe\n", "must be store_true or boolean_optional, not 'maybe'", undefined],
    ["[core]\nremote = a, b\n", "must be one value, in quotes when it has a comma", undefined],
    ['[remote "a"]\njobs = 2\n', "remote 'a' has no 'url'", undefined],
    ['[remote "a"]\nurl = ftp://host/x\n', "URL of the unknown kind 'ftp://'", undefined],
    ['[remote "a"]\nurl = /data\nregion = x\n', "there is no key 'region'", undefined],
    ['[remote "a"]\nurl = http://h/x\nread_timeout = -1\n', "must be a number of seconds, not '-1'", undefined],
  ];
  test.each(cases)("%s", (repo, message, hint) => {
    const { dvcDir, env } = project({ repo });
    let error: unknown;
    try {
      readConfig(dvcDir, env);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "CACHE_CONFIG", message: expect.stringContaining(message) });
    expect(String(error)).toMatch(/\.dvc\/config:\d: /u);
    if (hint !== undefined) expect(error).toMatchObject({ hint });
  });

  test("and a password is not part of the message", () => {
    const { dvcDir, env } = project({ repo: '[remote "a"]\nurl = ssh://h/x\npassword = a, hunter2\n' });
    expect(() => readConfig(dvcDir, env)).toThrow(/^((?!hunter2).)*$/su);
  });

  test("but an unknown trial feature, and any setting of a remote that stands for another, are not", () => {
    const repo = '[feature]\nnew = 1\n[remote "a"]\nurl = s3://b/x\n[remote "b"]\nurl = remote://a/y\nanything = 1\n';
    const { dvcDir, env } = project({ repo });
    expect(readConfig(dvcDir, env).remoteNames).toEqual(["a", "b"]);
  });
});

describe("a remote", () => {
  const repo = [
    ...['[remote "server"]', "url = ssh://host/data/", "user = root", "port = 2222"],
    ...['[remote "images"]', "url = remote://server/images", "user = ada"],
    ...['[remote "x"]', "url = remote://y/1", '[remote "y"]', "url = remote://x/2"],
  ].join("\n");

  test("inherits what it does not set itself", () => {
    const { dvcDir, env } = project({ repo });
    expect(remoteConfig(readConfig(dvcDir, env), "images")).toEqual({
      ...{ name: "images", url: "ssh://host/data/images", folder: dvcDir },
      options: new Map([
        ["user", "ada"],
        ["port", "2222"],
      ]),
    });
  });

  test("may be named by a URL", () => {
    const { dvcDir, env, root } = project({ repo });
    const config = readConfig(dvcDir, env);
    expect(urlConfig(config, "remote://images/cats", root, new Map([["port", "1"]]))).toEqual({
      ...{ name: "", url: "ssh://host/data/images/cats", folder: dvcDir },
      options: new Map([
        ["user", "ada"],
        ["port", "1"],
      ]),
    });
    expect(urlConfig(config, "s3://b/k", root)).toEqual({
      name: "",
      url: "s3://b/k",
      folder: root,
      options: new Map(),
    });
  });

  test("that leads back to itself is refused", () => {
    const { dvcDir, env } = project({ repo });
    expect(() => remoteConfig(readConfig(dvcDir, env), "x")).toThrow("remotes lead to each other: x, y, x");
  });

  test("that does not exist is told apart from none at all", () => {
    const { dvcDir, env } = project({ repo });
    const config = readConfig(dvcDir, env);
    expect(() => remoteConfig(config, "imges")).toThrow("There is no remote 'imges'");
    expect(() => remoteConfig(config)).toThrow("No remote is named and none is the default");
  });
});

test("a URL is shown without its password", () => {
  expect(redactUrl("ssh://ada:secret@host/x")).toBe("ssh://ada:***@host/x");
  expect(redactUrl("ssh://ada@host/x")).toBe("ssh://ada@host/x");
  expect(redactUrl("/data/a:b@c")).toBe("/data/a:b@c");
});
