import { spawn } from "node:child_process";
import { once } from "node:events";
import { examineProject, runElsewhere, snapshotWorkspace } from "@waymark/experiments";
import { expect, test } from "vitest";
import { gitRepo } from "../../support/git-repo.ts";
import { commandSpec, projectOf } from "./support.ts";

const POOL = ".dvc/tmp/waymark/worktrees";

test.runIf(process.platform === "linux")(
  "what a killed run left running is ended before its work tree is used again",
  async () => {
    const repo = gitRepo();
    const project = projectOf(repo);
    const start = await snapshotWorkspace(project);
    await runElsewhere(project, commandSpec(project, "true", { name: "one" }), start, { kind: "temp" });
    // As one that outlived its run: somewhere else by now, and deaf to a polite word.
    const script = "trap '' TERM; cd /; echo up; while :; do sleep 0.05; done";
    const env = { PATH: process.env["PATH"], WAYMARK_PLACE: repo.path(POOL, "1") };
    const left = spawn("sh", ["-c", script], { env, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(left, "exit");
    await once(left.stdout, "data");
    const notes: string[] = [];
    const effects = { onNote: (text: string): void => void notes.push(text) };
    const result = await runElsewhere(
      project,
      commandSpec(project, "touch here", { name: "two" }),
      start,
      { kind: "temp" },
      effects,
    );
    expect(result).toMatchObject({ state: "finished" });
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(notes.filter((text) => text.startsWith("Ended"))).toHaveLength(1);
    expect(repo.has(`${POOL}/1/here`)).toBe(true);
  },
);

test.runIf(process.platform === "linux")("`doctor` tells of it and ends it", async () => {
  const repo = gitRepo();
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp" });
  const env = { PATH: process.env["PATH"], WAYMARK_PLACE: repo.path(POOL, "1") };
  const left = spawn("sleep", ["100"], { env, stdio: "ignore" });
  const ended = once(left, "exit");
  await once(left, "spawn");
  const isOurs = ({ check }: { readonly check: string }): boolean => check === "orphaned-processes";
  const [finding] = (await examineProject(project)).filter(isOurs);
  expect(finding).toMatchObject({ severity: "leftover", state: "open", what: expect.stringContaining(`${left.pid}`) });
  await examineProject(project, { fix: true });
  expect(await ended).toEqual([null, "SIGTERM"]);
  expect((await examineProject(project)).filter(isOurs)).toEqual([]);
});
