import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { cleanProject, listOperations, openProject, recordedUpdate } from "@waymark/experiments";
import { newImportRef } from "@waymark/git";
import { initDvcFolder } from "@waymark/store";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef, TestRun } from "./support.ts";

const DAY_MS = 24 * 3600 * 1000;
const BROKER = ".dvc/tmp/exps/celery/broker";

/** A message as Celery writes it into a folder. */
function message(
  repo: GitRepo,
  path: string,
  routing: string,
  more: { headers?: object; exchange?: string } = {},
): void {
  const { headers = {}, exchange = "" } = more;
  const delivery = { exchange, routing_key: routing };
  put(repo, `${BROKER}/${path}`, JSON.stringify({ body: "W10=", headers, properties: { delivery_info: delivery } }));
}

function put(repo: GitRepo, path: string, text: string): void {
  mkdirSync(dirname(repo.path(path)), { recursive: true });
  writeFileSync(repo.path(path), text);
}

/** The number of a process that is gone. */
function deadPid(): number {
  return spawnSync("true").pid;
}

function dvcRepo(): { repo: GitRepo; clean: () => ReturnType<typeof cleanProject> } {
  const repo = gitRepo();
  initDvcFolder(repo.root);
  return { repo, clean: async () => cleanProject(openProject(repo.root, GIT_TEST_ENV)) };
}

test("messages of DVC's queue go when they are expired, answers or answered, and tasks never do", async () => {
  const { repo, clean } = dvcRepo();
  const [past, future] = [Date.now() / 1000 - 60, Date.now() / 1000 + 3600];
  message(repo, "in/1_task.celery.msg", "celery", { headers: { expires: past } });
  message(repo, "in/2_question.pidbox.msg", "worker.celery.pidbox", { headers: { expires: past } });
  message(repo, "in/3_question.pidbox.msg", "worker.celery.pidbox", { headers: { expires: future } });
  message(repo, "in/4_answer.pidbox.msg", "abc.reply.celery.pidbox", { exchange: "reply.celery.pidbox" });
  message(repo, "processed/5_task.celery.msg", "celery", { headers: { expires: past, ticket: "t" } });
  message(repo, "processed/6_question.pidbox.msg", "worker.celery.pidbox", { headers: { ticket: "t" } });
  put(repo, `${BROKER}/in/7_torn.celery.msg`, '{"body": ');
  put(repo, `${BROKER}/in/8_other.celery.msg`, "[1, 2]");
  expect((await clean()).messages).toBe(3);
  expect([...readdirSync(repo.path(BROKER, "in")), ...readdirSync(repo.path(BROKER, "processed"))].sort()).toEqual([
    ...["1_task.celery.msg", "3_question.pidbox.msg", "5_task.celery.msg"],
    ...["7_torn.celery.msg", "8_other.celery.msg"],
  ]);
});

test("operations that are too old to undo go, and younger ones stay", async () => {
  const { repo, clean } = dvcRepo();
  const project = openProject(repo.root, GIT_TEST_ENV);
  await recordedUpdate(project.repo, "remove", "young", []);
  await recordedUpdate(project.repo, "remove", "old", [], { now: new Date(Date.now() - 31 * DAY_MS) });
  expect((await clean()).operations).toHaveLength(1);
  expect((await listOperations(project.repo)).map(({ summary }) => summary)).toEqual(["young"]);
});

test("private indexes of dead processes go, and those of living ones stay", async () => {
  const { repo, clean } = dvcRepo();
  const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  const [dead, alive] = [`.git/waymark/index-${host}-${deadPid()}-1`, `.git/waymark/index-${host}-${process.pid}-99`];
  for (const path of [dead, alive]) put(repo, path, "");
  expect((await clean()).indexes).toEqual([repo.path(dead)]);
  expect([existsSync(repo.path(dead)), existsSync(repo.path(alive))]).toEqual([false, true]);
});

test("refs that a killed import left go after a day", async () => {
  const { repo, clean } = dvcRepo();
  const [old, young] = [Date.now() - 2 * DAY_MS, Date.now()].map(newImportRef);
  for (const ref of [old, young]) repo.git("update-ref", ref ?? "", "HEAD");
  expect((await clean()).others).toEqual([`1 ref of unfinished work, such as '${old ?? ""}'.`]);
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/waymark")).toBe(young);
});

test("records of runs go when they are old and no experiment is of that run", async () => {
  const { repo, clean } = dvcRepo();
  new TestRun(repo, { name: "first" }).checkpoint(0);
  const runId = repo.git(
    "log",
    "-1",
    "--format=%(trailers:key=Waymark-Run,valueonly)",
    experimentRef(repo.head(), "first"),
  );
  const folder = ".dvc/tmp/waymark/objects";
  const old = new Date(Date.now() - 2 * DAY_MS);
  for (const name of [runId.trim(), "gone", "young"]) {
    put(repo, `${folder}/${name}.txt`, "");
    if (name !== "young") utimesSync(repo.path(folder, `${name}.txt`), old, old);
  }
  expect((await clean()).runs).toEqual(["gone.txt"]);
  expect(readdirSync(repo.path(folder)).sort()).toEqual([`${runId.trim()}.txt`, "young.txt"].sort());
});

test("locks that dead processes hold go, and those of living ones stay", async () => {
  const { repo, clean } = dvcRepo();
  const dead = { pid: deadPid(), cmd: "dvc repro" };
  const alive = { pid: process.pid, cmd: "waymark repro" };
  put(repo, ".dvc/tmp/rwlock", JSON.stringify({ write: { "/a": dead, "/b": alive }, read: {} }));
  expect((await clean()).others).toHaveLength(1);
  expect(JSON.parse(repo.read(".dvc/tmp/rwlock"))).toEqual({ write: { "/b": alive }, read: {} });
});

test("a repository without data has nothing to clean, and experiments stay", async () => {
  const repo = gitRepo();
  new TestRun(repo, { name: "first" }).checkpoint(0);
  const before = repo.git("for-each-ref");
  const cleaned = await cleanProject(openProject(repo.root, GIT_TEST_ENV));
  expect(cleaned).toEqual({ messages: 0, operations: [], indexes: [], runs: [], places: [], others: [] });
  expect(repo.git("for-each-ref")).toBe(before);
});
