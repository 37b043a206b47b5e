import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { listFiles, runGit } from "../support/checker.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { CLONE } from "../support/cli.ts";

const KILLS = isLong ? 20 : 4;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** The digits example in a repository of its own, in a short configuration. */
function makeProject(seed: number): string {
  const project = mkdtempSync(join(tmpdir(), "waymark-digits-"));
  folders.push(project);
  for (const name of listFiles(join(CLONE, "examples/digits/dist")).filter((path) => path.endsWith(".js"))) {
    cpSync(join(CLONE, "examples/digits/dist", name), join(project, name));
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(project, ".gitignore"), "node_modules\n*.part\n");
  symlinkSync(join(CLONE, "node_modules"), join(project, "node_modules"));
  const params = {
    seed,
    epochs: 2,
    batch_size: 32,
    hidden: 16,
    lr: 0.001,
    train_images: 960,
    test_images: 100,
    checkpoint_every: 7,
  };
  writeFileSync(
    join(project, "params.yaml"),
    Object.entries(params)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
  );
  runGit(project, ["init", "-q", "-b", "main"]);
  runGit(project, ["config", "user.name", "Test"]);
  runGit(project, ["config", "user.email", "test@example.com"]);
  runGit(project, ["add", "-A"]);
  runGit(project, ["commit", "-q", "-m", "digits"]);
  mkdirSync(join(project, "unrelated"));
  return project;
}

/** Trains until it ends or is killed; `killAfterMs` counts from the first words of the script. */
async function train(project: string, killAfterMs: number | undefined): Promise<number | null> {
  const child = spawn(process.execPath, ["train.js", "--resume"], {
    cwd: project,
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.once("data", () => {
    if (killAfterMs !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  child.stdout.resume();
  return new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code)));
}

function result(project: string): Readonly<Record<string, string>> {
  const histories = listFiles(join(project, "live/plots/metrics")).map((path) => [
    path,
    readFileSync(join(project, "live/plots/metrics", path), "utf8"),
  ]);
  const model = createHash("sha256")
    .update(readFileSync(join(project, "model.bin")))
    .digest("hex");
  return { ...(Object.fromEntries(histories) as Record<string, string>), model };
}

test(
  "training killed again and again ends with the histories and the model of a run never killed",
  { timeout: 1_800_000 },
  async () => {
    const reference = makeProject(3);
    expect(await train(reference, undefined)).toBe(0);
    const expected = result(reference);
    expect(Object.keys(expected).length).toBeGreaterThan(4);
    const random = seededRandom(7);
    let kills = 0;
    // A run gets further each time it resumes; when it has ended, another one takes the kills that are left.
    while (kills < KILLS) {
      const project = makeProject(3);
      for (let code: number | null = null; code !== 0;) {
        code = await train(project, kills < KILLS ? random() * 250 : undefined);
        if (code !== 0) kills += 1;
      }
      expect(result(project)).toEqual(expected);
    }
  },
);

test("a run of another seed ends otherwise, so that the comparison means something", { timeout: 300_000 }, async () => {
  const [one, other] = [makeProject(3), makeProject(4)];
  expect(await train(one, undefined)).toBe(0);
  expect(await train(other, undefined)).toBe(0);
  const [a, b] = [result(one), result(other)];
  expect(a["model"]).not.toBe(b["model"]);
  expect(a["train/loss.tsv"]).not.toBe(b["train/loss.tsv"]);
});
