import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIN, CLONE, runProgram, startProgram, waymark } from "../support/cli.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-cli-"));
  mkdirSync(join(folder, ".git"));
  mkdirSync(join(folder, "deep"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what is answered before anything is known of the command", () => {
  test.each([["--help"], ["--version"], ["veiw"]])(
    "%s loads a handful of small modules and no dependency",
    async (word) => {
      const { stderr } = await runProgram(["--import", join(CLONE, "test/support/print-loaded.mjs"), BIN, word]);
      const loaded = [...stderr.matchAll(/^loaded (.*)$/gmu)].map(([, url = ""]) => url);
      expect(loaded.length).toBeGreaterThan(3);
      expect(loaded.length).toBeLessThanOrEqual(8);
      expect(loaded.filter((url) => url.includes("/node_modules/") || url.includes("/commands/"))).toEqual([]);
    },
  );

  test("importing the logger loads neither Git nor the experiments", async () => {
    const script = join(folder, "import.mjs");
    const { stderr } = await runProgram(
      ["--import", join(CLONE, "test/support/print-loaded.mjs"), "--input-type=module", "--eval", 'import "waymark";'],
      { cwd: CLONE },
    );
    const loaded = [...stderr.matchAll(/^loaded (.*)$/gmu)].map(([, url = ""]) => url);
    expect(
      loaded.some((url) => url.endsWith("/packages/live/dist/live.js")),
      script,
    ).toBe(true);
    expect(loaded.filter((url) => /\/packages\/(?:git|store|experiments)\/|\/yaml\//u.test(url))).toEqual([]);
  });
});

test("output that nobody reads any more is no error", () => {
  // A pipe that its only reader has left before the command writes to it.
  const script = 'mkfifo "$0/pipe"; : <"$0/pipe" & exec >"$0/pipe"; wait; exec "$1" "$2" --help';
  const { status, stderr } = spawnSync("sh", ["-c", script, folder, process.execPath, BIN], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

describe("waymark view", () => {
  test("prints its address on stdout and nothing else, and stops on Ctrl-C with 130", async () => {
    const program = startProgram([BIN, "view", "--no-open", "--port", "0"], { cwd: folder });
    const [url] = await program.seen(/^http:\S+$/mu);
    expect((await fetch(url)).status).toBe(200);
    program.kill("SIGINT");
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(130);
    expect(stdout).toBe(`${url}\n`);
    expect(stderr).toContain("Press Ctrl-C to stop");
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test("views the whole repository from a folder inside it, and another one with --cd", async () => {
    for (const [args, cwd] of [
      [["view"], join(folder, "deep")],
      [["--cd", join(folder, "deep"), "view"], CLONE],
    ] as const) {
      const program = startProgram([BIN, ...args, "--no-open", "--port", "0"], { cwd });
      await program.seen(new RegExp(`Viewing \\S*${basename(folder)}\\. `, "u"));
      program.kill("SIGINT");
      await program.ended;
    }
  });

  test("refuses to be reached from elsewhere unless told so", async () => {
    const { code, stdout, stderr } = await waymark(["view", "--host", "0.0.0.0", "--no-open"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: .*0\.0\.0\.0.*\nhint: .*--expose/u);
  });

  test("says how to reach it from another machine when it runs on a remote one", async () => {
    const env = { SSH_CONNECTION: "192.0.2.1 5000 192.0.2.2 22" };
    const program = startProgram([BIN, "view", "--no-open", "--port", "0"], { cwd: folder, env });
    await program.seen(/ssh -N -L \d+:127\.0\.0\.1:\d+ \S+@\S+`/u);
    program.kill("SIGINT");
    await program.ended;
  });
});

test("colour is left out with NO_COLOR and on a pipe, and there when forced", async () => {
  const plain = await waymark(["view", "/nowhere"], { env: { NO_COLOR: "1" } });
  expect(plain.stderr).toMatch(/^error: /u);
  const forced = await waymark(["view", "/nowhere"], { env: { NO_COLOR: undefined, FORCE_COLOR: "1" } });
  expect(forced.stderr.startsWith("\u001B[31merror:\u001B[39m ")).toBe(true);
});
