import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  commitTree,
  formatCommit,
  objectId,
  gitProcessCount,
  ObjectReader,
  openRepository,
  packLooseObjects,
  OversizedObjectError,
  parseCommit,
  parseGitDate,
  readCommitChains,
  readCommitChainSync,
  readIdentity,
  readObjectsSync,
  startPackingLooseObjects,
  writeObjects,
  type GitRepository,
} from "@waymark/git";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

function open(repo: GitRepo, env: NodeJS.ProcessEnv = GIT_TEST_ENV): GitRepository {
  const opened = openRepository(repo.root, { env });
  if (opened === undefined) throw new Error("not a repository");
  return opened;
}

describe("writeObjects", () => {
  it("writes what Git reads back, and nothing twice", () => {
    const repo = gitRepo();
    const opened = open(repo);
    const data = Buffer.from("héllo\0\n");
    const [id, same] = writeObjects(opened, [
      { type: "blob", data },
      { type: "blob", data },
    ]);
    expect(id).toBe(objectId({ type: "blob", data }));
    expect(same).toBe(id);
    expect(repo.git("cat-file", "-t", id ?? "")).toBe("blob");
    expect(repo.git("cat-file", "blob", id ?? "")).toBe("héllo\0");
    expect(repo.git("count-objects")).toMatch(/^4 objects/);
    repo.git("fsck", "--strict");
  });

  it("makes an object young that is there already, as Git does", () => {
    const repo = gitRepo();
    const opened = open(repo);
    const data = Buffer.from("old");
    const [id = ""] = writeObjects(opened, [{ type: "blob", data }]);
    const path = `${repo.root}/.git/objects/${id.slice(0, 2)}/${id.slice(2)}`;
    const longAgo = new Date("2020-01-01T00:00:00Z");
    utimesSync(path, longAgo, longAgo);
    writeObjects(opened, [{ type: "blob", data }]);
    repo.git("gc", "--quiet");
    expect(repo.git("cat-file", "blob", id)).toBe("old");
  });
});

const FEW = 500;
/** Clears away what others are writing, as Git does with any temporary file, again and again until it is killed. */
const PRUNER = `const { readdirSync, rmSync, rmdirSync } = require("node:fs");
console.log("ready");
setInterval(() => {
  for (const name of readdirSync(".")) if (name.length === 2) try {
    for (const file of readdirSync(name)) if (file.startsWith("tmp_obj_")) rmSync(name + "/" + file, { force: true });
    rmdirSync(name);
  } catch {}
}, 50);`;

it("writes objects while git prune clears away temporary files, those of others too", async () => {
  const repo = gitRepo();
  const opened = open(repo);
  const pruner = spawn(process.execPath, ["-e", PRUNER], { cwd: `${repo.root}/.git/objects` });
  await once(pruner.stdout, "data");
  const texts = Array.from({ length: FEW }, (_, at) => `prune ${at}`);
  try {
    for (let at = 0; at < FEW; at += 10) {
      const some = texts.slice(at, at + 10).map((text) => ({ type: "blob" as const, data: Buffer.from(text) }));
      writeObjects(opened, some, { durable: false });
    }
  } finally {
    pruner.kill("SIGKILL");
  }
  const ids = texts.map((text) => objectId({ type: "blob", data: Buffer.from(text) }));
  const found = readObjectsSync(opened, ids);
  expect(found.filter((object) => object === undefined)).toEqual([]);
  repo.git("fsck", "--strict");
});

const COUNT = 500;
/** Removes folders that are empty, as Git does after packing, until it is killed. */
const REMOVER = `const { readdirSync, rmdirSync } = require("node:fs");
console.log("ready");
for (;;) for (const name of readdirSync(".")) if (name.length === 2) try { rmdirSync(name); } catch {}`;

it("writes objects while Git takes away the folders that packing has emptied", async () => {
  const repo = gitRepo();
  const opened = open(repo);
  const remover = spawn(process.execPath, ["-e", REMOVER], { cwd: repo.path(".git/objects") });
  try {
    await once(remover.stdout, "data");
    const ids = Array.from({ length: COUNT }, (_, at) =>
      writeObjects(opened, [{ type: "blob", data: Buffer.from(`${at}`) }], { durable: false }),
    ).flat();
    expect(readObjectsSync(opened, ids).map((object) => object?.data.toString())).toEqual(
      Array.from({ length: COUNT }, (_, at) => `${at}`),
    );
  } finally {
    remover.kill();
  }
});

describe("packLooseObjects", () => {
  it("packs what is loose and loses nothing, reachable or not", async () => {
    const repo = gitRepo();
    const opened = open(repo);
    const data = (at: number): Buffer => Buffer.from("0\t1\n".repeat(at));
    const ids = writeObjects(
      opened,
      Array.from({ length: 50 }, (_, at) => ({ type: "blob" as const, data: data(at) })),
    );
    await packLooseObjects(opened);
    expect(repo.git("count-objects")).toMatch(/^0 objects/);
    const read = readObjectsSync(opened, ids);
    expect(read.map((object) => object?.data.byteLength)).toEqual(ids.map((_, at) => at * 4));
    repo.git("fsck", "--strict");
  });
});

describe("startPackingLooseObjects", () => {
  it("is not stopped for good by the lock of a maintenance that was killed", async () => {
    const repo = gitRepo();
    const opened = open(repo);
    const lock = repo.path(".git/objects/maintenance.lock");
    writeFileSync(lock, "");
    startPackingLooseObjects(opened);
    expect(existsSync(lock)).toBe(true);
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(lock, twoDaysAgo, twoDaysAgo);
    startPackingLooseObjects(opened);
    await vi.waitFor(() => expect(repo.git("count-objects")).toMatch(/^0 objects/), { timeout: 30_000 });
    await vi.waitFor(() => expect(existsSync(lock)).toBe(false), { timeout: 30_000 });
    repo.git("fsck", "--strict");
  });
});

describe("readObjectsSync", () => {
  it("answers in order, with undefined for what is missing or cannot be asked", () => {
    const repo = gitRepo({ "a.txt": "a", "odd\nname": "x", empty: "" });
    const answers = readObjectsSync(open(repo), ["HEAD:a.txt", "HEAD:nope", "HEAD:odd\nname", "HEAD:empty", ""]);
    expect(answers.map((object) => object?.data.toString())).toEqual(["a", undefined, undefined, "", undefined]);
  });

  it("reads what lies in files of its own without a process, and the rest with one, in order", () => {
    const repo = gitRepo({ "a.txt": "a\n" });
    const packed = repo.git("rev-parse", "HEAD:a.txt");
    repo.git("gc", "--quiet", "--prune=now");
    const opened = open(repo);
    const texts = ["", "one", "x".repeat(100_000)];
    const ids = writeObjects(
      opened,
      texts.map((text) => ({ type: "blob", data: Buffer.from(text) })),
    );
    const before = gitProcessCount();
    expect(readObjectsSync(opened, ids).map((object) => [object?.type, object?.data.toString()])).toEqual(
      texts.map((text) => ["blob", text]),
    );
    expect(gitProcessCount()).toBe(before);
    const mixed = [ids[1] ?? "", packed, "0".repeat(40), "HEAD:a.txt", ids[2] ?? ""];
    expect(readObjectsSync(opened, mixed).map((object) => object?.data.toString())).toEqual([
      "one",
      "a\n",
      undefined,
      "a\n",
      texts[2],
    ]);
    expect(gitProcessCount()).toBe(before + 1);
  });

  it("takes nothing from a file that is damaged", () => {
    const repo = gitRepo();
    const opened = open(repo);
    const [one = ""] = writeObjects(opened, [{ type: "blob", data: Buffer.from("one") }]);
    const path = (id: string): string => repo.path(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`);
    const read = (): string | undefined => {
      try {
        return readObjectsSync(opened, [one])[0]?.data.toString();
      } catch {
        return "refused";
      }
    };
    chmodSync(path(one), 0o644);
    const whole = readFileSync(path(one));
    for (const content of [Buffer.alloc(0), whole.subarray(0, 5), deflateSync("one")]) {
      writeFileSync(path(one), content);
      expect([undefined, "refused"]).toContain(read());
    }
    rmSync(path(one));
    mkdirSync(path(one));
    expect([undefined, "refused"]).toContain(read());
  });
});

describe("ObjectReader", () => {
  it("reads many objects as it reads few, and says what went wrong with one of them", async () => {
    const repo = gitRepo({ "a.txt": "a\n", "large.txt": "l".repeat(2000) });
    await using reader = new ObjectReader(open(repo), { maxBytes: 1000 });
    const round = ["HEAD:a.txt", "HEAD:none", "HEAD:large.txt", "", "HEAD^{tree}"];
    const specs = Array.from({ length: 300 }, (_, index) => round[index % round.length] ?? "");
    const few = await reader.readAll(round);
    expect(few.map((object) => object?.type)).toEqual(["blob", undefined, undefined, undefined, "tree"]);
    expect(await reader.readAll(specs)).toEqual(specs.map((_, index) => few[index % round.length]));
    const before = gitProcessCount();
    const taken = reader.readEach([...specs, ...specs], (_, index) => {
      if (index === 400) throw new Error("enough");
    });
    await expect(taken).rejects.toThrow("enough");
    expect(gitProcessCount() - before).toBe(1);
    expect(await reader.readAll(["HEAD:a.txt"])).toEqual([few[0]]);
  });

  it("answers many overlapping requests in order", async () => {
    const repo = gitRepo({ "big.bin": "x".repeat(300_000), "a.txt": "a" });
    await using reader = new ObjectReader(open(repo));
    const specs = Array.from(
      { length: 200 },
      (_, at) => ["HEAD:a.txt", "HEAD:big.bin", "HEAD:none", "HEAD"][at % 4] ?? "",
    );
    const answers = await Promise.all(specs.map((spec) => reader.read(spec)));
    for (const [at, object] of answers.entries()) {
      expect(object?.data.length).toBe([1, 300_000, undefined, answers[3]?.data.length][at % 4]);
    }
  });

  it("sees objects that were written after it started", async () => {
    const repo = gitRepo();
    const opened = open(repo);
    await using reader = new ObjectReader(opened);
    const id = objectId({ type: "blob", data: Buffer.from("later") });
    expect(await reader.read(id)).toBeUndefined();
    writeObjects(opened, [{ type: "blob", data: Buffer.from("later") }]);
    expect((await reader.read(id))?.data.toString()).toBe("later");
  });

  it("skips what is too large and goes on", async () => {
    const repo = gitRepo({ "big.bin": "x".repeat(100_000), "a.txt": "a" });
    await using reader = new ObjectReader(open(repo), { maxBytes: 1000 });
    const [big, small] = await Promise.allSettled([reader.read("HEAD:big.bin"), reader.read("HEAD:a.txt")]);
    expect(big).toMatchObject({ status: "rejected", reason: { sizeBytes: 100_000 } });
    expect((big as PromiseRejectedResult).reason).toBeInstanceOf(OversizedObjectError);
    expect(small).toMatchObject({ status: "fulfilled", value: { type: "blob" } });
  });

  it("reads many objects at once, in order, beside single ones", async () => {
    const repo = gitRepo({ "big.bin": "x".repeat(5000), "a.txt": "a", "b.txt": "b" });
    await using reader = new ObjectReader(open(repo), { maxBytes: 1000 });
    const specs = ["HEAD:a.txt", "HEAD:missing", "HEAD:big.bin", "a\nb", "HEAD:b.txt", "HEAD:a.txt"];
    const [single, many, none, again] = await Promise.all([
      reader.read("HEAD:b.txt"),
      reader.readAll(specs),
      reader.readAll([]),
      reader.readAll(["HEAD:b.txt"]),
    ]);
    expect(single?.data.toString()).toBe("b");
    expect(many.map((object) => object?.data.toString())).toEqual(["a", undefined, undefined, undefined, "b", "a"]);
    expect(none).toEqual([]);
    expect(again.map((object) => object?.data.toString())).toEqual(["b"]);
  });

  it("answers what was asked before it closes, and nothing afterwards", async () => {
    const repo = gitRepo({ "a.txt": "a" });
    const reader = new ObjectReader(open(repo));
    const asked = reader.read("HEAD:a.txt");
    await reader.close();
    expect((await asked)?.data.toString()).toBe("a");
    await expect(reader.read("HEAD")).rejects.toThrow("closed");
  });
});

describe("commits", () => {
  it("come back from their text as they went in", () => {
    const name = fc.stringMatching(/^[\p{L}][\p{L} ]{0,10}[\p{L}]$/u);
    const signature = fc.record({
      name,
      email: fc.constant("a@b.c"),
      timeSeconds: fc.integer({ min: 0, max: 4e9 }),
      offsetMinutes: fc.integer({ min: -720, max: 840 }),
    });
    const id = fc.stringMatching(/^[0-9a-f]{40}$/);
    const commit = fc.record({
      tree: id,
      parents: fc.array(id, { maxLength: 3 }),
      author: signature,
      committer: signature,
      message: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(commit, (value) => {
        expect(parseCommit(formatCommit(value))).toEqual(value);
      }),
    );
  });

  it("have the id that git commit-tree gives them", () => {
    const env = {
      ...GIT_TEST_ENV,
      GIT_AUTHOR_DATE: "1700000000 +0130",
      GIT_COMMITTER_DATE: "2024-02-03T04:05:06-0800",
    };
    const repo = gitRepo();
    const opened = open(repo, env);
    const parent = repo.head();
    const tree = repo.git("rev-parse", "HEAD^{tree}");
    const ours = commitTree(opened, { tree, parents: [parent], message: "subject\n\nbody" });
    expect(repo.git("log", "-1", "--format=%an <%ae> %ad|%cn <%ce> %cd|%P|%B", "--date=raw", ours)).toBe(
      `Ada <ada@example.org> 1700000000 +0130|Ada <ada@example.org> 1706961906 -0800|${parent}|subject\n\nbody`,
    );
    repo.git("fsck", "--strict");
  });

  it("are refused without a name, and take the name of the environment first", () => {
    const nobody = {
      PATH: GIT_TEST_ENV["PATH"],
      HOME: "/nonexistent",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
    };
    const repo = gitRepo();
    expect(() => readIdentity(open(repo, nobody))).toThrow("Git does not know who commits");
    repo.git("config", "user.name", "Config");
    repo.git("config", "user.email", "c@example.org");
    expect(readIdentity(open(repo, nobody)).author).toEqual({ name: "Config", email: "c@example.org" });
    expect(readIdentity(open(repo)).author.name).toBe("Ada");
  });

  it("take the dates that Git documents", () => {
    expect(parseGitDate("@12 +0000")).toEqual({ timeSeconds: 12, offsetMinutes: 0 });
    expect(parseGitDate("2024-01-01 00:00:00 +0100")).toEqual({ timeSeconds: 1704063600, offsetMinutes: 60 });
    expect(parseGitDate("next tuesday")).toBeUndefined();
  });
});

describe("commit chains", () => {
  it("follow first parents to the stop commit, to the root, or to what is missing", async () => {
    const repo = gitRepo();
    const base = repo.head();
    const opened = open(repo);
    const tree = repo.git("rev-parse", "HEAD^{tree}");
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      ids.push(commitTree(opened, { tree, parents: [ids.at(-1) ?? base], message: `c${at}` }));
    }
    const orphan = commitTree(opened, { tree, parents: ["1".repeat(40)], message: "shallow" });
    await using reader = new ObjectReader(opened);
    const tip = ids.at(-1) ?? "";
    const requests = [
      { tip, stop: base },
      { tip: base, stop: base },
      { tip, stop: undefined },
      { tip: orphan, stop: base },
    ];
    const chains = await readCommitChains(reader, requests);
    expect(chains.map((chain) => [chain.commits.length, chain.end])).toEqual([
      [5, "stop"],
      [0, "stop"],
      [6, "root"],
      [1, "missing"],
    ]);
    expect(chains[0]?.commits.map((commit) => commit.message)).toEqual(["c4", "c3", "c2", "c1", "c0"]);
    for (const [at, { tip: start, stop }] of requests.entries()) {
      const chain = readCommitChainSync(opened, start, stop);
      expect([chain.commits.map((commit) => commit.id), chain.end]).toEqual([
        chains[at]?.commits.map((commit) => commit.id),
        chains[at]?.end,
      ]);
    }
    expect(readCommitChainSync(opened, tip, base, { limit: 2 })).toMatchObject({ end: "limit" });
  });
});
