import { describe, expect, test } from "vitest";
import { main } from "../../packages/cli/src/main.ts";
import { collectOutput } from "../support/collected-output.ts";

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const stdout = collectOutput();
  const stderr = collectOutput();
  const code = await main(argv, { cwd: process.cwd(), env: {}, stdout, stderr });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

describe("help", () => {
  test("is printed for no words at all, --help, -h and help", async () => {
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain("Usage: waymark [options] <command>");
    expect(stdout).toMatch(/^ {2}view {2,}Open the live viewer/mu);
    for (const words of [["--help"], ["-h"], ["help"]]) expect((await run(...words)).stdout).toBe(stdout);
  });

  test("of a group lists its commands", async () => {
    const { code, stdout } = await run("exp", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: waymark exp <command>");
    expect((await run("help", "exp")).code).toBe(0);
    expect((await run("experiments", "-h")).stdout).toBe(stdout);
    // As DVC, for which a command is missing there.
    for (const group of ["exp", "experiments"]) expect(await run(group)).toMatchObject({ code: 254, stdout });
    expect((await run("queue")).code).toBe(254);
  });

  test("of a command is the same after the command and after help", async () => {
    const { code, stdout } = await run("view", "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: waymark view \[options\] \[folder\]/u);
    expect((await run("help", "view")).stdout).toBe(stdout);
  });
});

test("--version prints the version alone", async () => {
  const { code, stdout } = await run("--version");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
  expect((await run("-V")).stdout).toBe(stdout);
});

describe("wrong usage", () => {
  test("of an unknown command names the one that was meant", async () => {
    expect(await run("veiw")).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: Unknown command 'veiw'\nhint: Did you mean `waymark view`?\n",
    });
  });

  test("of a word like nothing we have points to help", async () => {
    const { code, stderr } = await run("frobnicate");
    expect(code).toBe(2);
    expect(stderr).toBe("error: Unknown command 'frobnicate'\nhint: Run `waymark --help` for the commands.\n");
  });

  test("in a group that DVC has exits with DVC's code", async () => {
    const { code, stderr } = await run("exp", "shwo");
    expect(code).toBe(254);
    expect(stderr).toContain("error: Unknown command 'exp shwo'");
  });

  test("of a global option is not taken for a command's", async () => {
    const { code, stderr } = await run("--port", "1", "view");
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--port'");
  });

  test("of an unknown option names the one that was meant", async () => {
    const { code, stderr } = await run("view", "--prot", "1");
    expect(code).toBe(2);
    expect(stderr).toBe("error: Unknown option '--prot'\nhint: Did you mean `--port`?\n");
  });

  test("of a value that cannot be read names the option and the value", async () => {
    const { code, stderr } = await run("view", "--port", "80a");
    expect(code).toBe(2);
    expect(stderr).toContain("--port");
    expect(stderr).toContain("'80a' is invalid. A port is a number from 0 to 65535");
  });

  test("of a surplus argument is an error", async () => {
    const { code, stderr } = await run("view", "a", "b");
    expect(code).toBe(2);
    expect(stderr).toContain("Too many arguments");
  });

  test("of --cd with a folder that does not exist is an error", async () => {
    const { code, stderr } = await run("--cd", "/nowhere/at/all", "view");
    expect(code).toBe(2);
    expect(stderr).toContain("There is no folder '/nowhere/at/all'");
  });
});

test("a folder that does not exist is a handled error of view", async () => {
  const { code, stderr } = await run("view", "/nowhere/at/all");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: There is no folder '\/nowhere\/at\/all'\n[\s\S]*hint: /u);
  expect(stderr).not.toContain("    at ");
});
