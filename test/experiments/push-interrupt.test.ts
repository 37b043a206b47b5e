import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { BIN, startProgram, waymark } from "../support/cli.ts";
import { shareProject } from "./share-project.ts";

test("Ctrl-C while a push waits for the server says what has arrived, and the next push goes on", async () => {
  const project = await shareProject();
  const { ada, hub, folder } = project;
  await project.save("one", 1);
  const reached = join(folder, "reached");
  const hook = join(hub.root, "hooks", "pre-receive");
  // It ends with the push that waits for it: what it prints has nowhere to go then.
  writeFileSync(hook, `#!/bin/sh\ntouch '${reached}'\nwhile echo waiting; do sleep 0.1; done\nexit 1\n`);
  chmodSync(hook, 0o755);
  const program = startProgram([BIN, "exp", "push", "origin"], { cwd: ada.root });
  await vi.waitFor(() => expect(existsSync(reached)).toBe(true), { timeout: 60_000, interval: 20 });
  program.kill("SIGINT");
  const { code, stderr } = await program.ended;
  expect([code, stderr]).toEqual([
    130,
    expect.stringMatching(
      /Interrupted: 0 experiments are at the Git remote \(data: 2 of 2 files, .+\)\. Run the push again/u,
    ),
  ]);
  expect(project.names(hub)).toEqual([]);
  rmSync(hook);
  const again = await waymark(["exp", "push", "origin"], { cwd: ada.root });
  expect([again.code, again.stdout]).toEqual([0, "Pushed experiment one to Git remote 'origin'.\n"]);
}, 120_000);
