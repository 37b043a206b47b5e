import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataRepo } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";

/** A project whose folder `data` is tracked. */
async function tracked(): Promise<GitRepo> {
  const repo = dataRepo({ "dvc.yaml": "stages:\n  a: {cmd: echo, deps: [data]}\n" });
  repo.write("data/a", "1");
  expect((await runHere(repo.root, ["add", "data"])).code).toBe(0);
  return repo;
}

describe("status", () => {
  it("waits for a command that holds the lock of the project, and says for which", { timeout: 20_000 }, async () => {
    const repo = await tracked();
    const hold = "echo held; exec sleep 2";
    const holder = spawn("flock", ["--no-fork", repo.path(".dvc/tmp/lock"), "sh", "-c", hold], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(holder, "exit");
    await once(holder.stdout, "data");
    const { code, stderr } = await runHere(repo.root, ["status"]);
    expect(code).toBe(0);
    expect(stderr).toContain("Waiting for another command");
    await ended;
  });

  it("answers 255 for a .dvcignore inside of data, as every command that hashes it does", async () => {
    const repo = await tracked();
    repo.write("data/.dvcignore", "*.log\n");
    for (const line of ["status", "add data", "commit -f data.dvc", "repro"]) {
      const { code, stderr } = await runHere(repo.root, line.split(" "));
      expect([line, code]).toEqual([line, 255]);
      expect(stderr).toContain("a .dvcignore may not lie inside tracked data");
    }
    repo.remove("data/.dvcignore");
    symlinkSync("nowhere", repo.path("data/link"));
    expect((await runHere(repo.root, ["add", "data"])).code).toBe(1);
  });

  it("is answered by commands that only compare whatever lies in a folder", async () => {
    const repo = await tracked();
    repo.commitAll("data");
    repo.write("data/.dvcignore", "*.log\n");
    symlinkSync("nowhere", repo.path("data/link"));
    const compared = await runHere(repo.root, ["data", "status", "--json"]);
    expect([compared.code, JSON.parse(compared.stdout)]).toEqual([0, { uncommitted: { modified: ["data/"] } }]);
    expect((await runHere(repo.root, ["diff"])).code).toBe(0);
  });
});
