// Starts runs in work trees of their own in the repository it is started in, and does nothing in them.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

/** @type {{ way: "waymark" | "git", files: readonly string[] }} */
const { way, files } = JSON.parse(process.argv[2] ?? "{}");

/** A commit that differs from HEAD in one file, as an override makes it. */
async function next(library, project, round) {
  const edits = new Map(files.map((path) => [path, Buffer.from(`round ${round}\n`)]));
  return await library.snapshotWorkspace(project, { files: edits });
}

// What earlier rounds have written is on the disk before anything is timed.
execFileSync("sync");

if (way === "git") {
  const path = "../bare-worktree";
  const start = performance.now();
  execFileSync("git", ["worktree", "add", "--quiet", "--detach", path, "HEAD"]);
  const firstMs = performance.now() - start;
  execFileSync("git", ["worktree", "remove", "--force", path]);
  console.log(JSON.stringify({ firstMs, secondMs: 0 }));
} else {
  const library = await import("@waymark/experiments");
  const project = library.openProject(process.cwd());
  await library.removeIdlePlaces(project);
  rmSync(".dvc/tmp/waymark/worktrees", { recursive: true, force: true });
  const spec = {
    ...{ schema: 1, name: "bench", baseline: project.repo.headCommit, message: null, cwd: ".", force: false },
    ...{ work: { kind: "pipeline", options: {} }, params: [], copyPaths: [], resume: null },
    rules: { stop: [], maxTimeMs: null },
  };
  const result = { state: "finished", name: "bench", commit: null, exitCode: 0, reason: null, error: undefined };
  const times = [];
  for (let round = 0; round < 2; round += 1) {
    const commits = round === 0 ? undefined : await next(library, project, round);
    const start = performance.now();
    const from = commits ?? (await next(library, project, round));
    let readyMs = 0;
    await library.runElsewhere(project, spec, from, { kind: "temp" }, {}, async () => {
      readyMs = performance.now() - start;
      return result;
    });
    times.push(readyMs);
  }
  console.log(JSON.stringify({ firstMs: times[0], secondMs: times[1] }));
}
