import { describe, expect, test } from "vitest";
import { type Command, defineCommand } from "../../packages/cli/src/command.ts";
import { parseCommand } from "../../packages/cli/src/parse-command.ts";
import { UsageError } from "../../packages/cli/src/usage-error.ts";

const command: Command = defineCommand({
  summary: "Do it",
  arguments: [
    { name: "<name>", description: "what" },
    { name: "[more...]", description: "what else" },
  ],
  options: [
    { flags: "-n, --count <n>", description: "how often", defaultValue: 1, parse: (text) => Number(text) },
    { flags: "--tag <tag>", description: "a tag", isRepeatable: true },
    { flags: "--as <form>", description: "form", choices: ["json", "csv"] },
    { flags: "--no-color", description: "no colour" },
    { flags: "--old", description: "for compatibility", isHidden: true },
  ],
  examples: [{ line: "waymark do it", does: "does it" }],
  run: async () => undefined,
});

const parse = (...words: string[]): unknown => parseCommand(["do"], command, words);

describe("parseCommand", () => {
  test("reads arguments, values, defaults and what may be repeated", () => {
    expect(parse("a", "b", "c", "-n", "3", "--tag", "x", "--tag", "y", "--no-color")).toEqual({
      kind: "run",
      args: ["a", "b", "c"],
      options: { count: 3, tag: ["x", "y"], color: false },
    });
    expect(parse("a")).toEqual({ kind: "run", args: ["a"], options: { count: 1, color: true } });
  });

  test("starts a repeated option anew with every command line", () => {
    expect(parse("a", "--tag", "x")).toEqual(parse("a", "--tag", "x"));
  });

  test("takes what follows -- for arguments", () => {
    expect(parse("--", "--tag")).toMatchObject({ args: ["--tag"] });
  });

  test.each([
    [["--nope", "a"], "Unknown option '--nope'"],
    [[], "Missing required argument 'name'"],
    [["a", "--count"], "Option '-n, --count <n>' argument missing"],
    [["a", "--as", "xml"], "Option '--as <form>' argument 'xml' is invalid. Allowed choices are json, csv"],
  ])("refuses %j", (words, message) => {
    expect(() => parse(...words)).toThrow(UsageError);
    expect(() => parse(...words)).toThrow(message);
  });

  test("answers --help with everything but hidden options", () => {
    const help = parse("--help") as { kind: string; text: string };
    expect(help.kind).toBe("help");
    expect(help.text).toContain("--count <n>");
    expect(help.text).toContain("$ waymark do it   does it");
    expect(help.text).not.toContain("--old");
  });
});
