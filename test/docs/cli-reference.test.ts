import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOG } from "../../packages/cli/src/catalog.ts";
import { formatCommandHelp } from "../../packages/cli/src/parse-command.ts";
import { formatReference } from "../../packages/cli/src/reference.ts";
import { CLONE } from "../support/cli.ts";

test("the reference is what the commands say (`npm run docs` writes it)", async () => {
  expect(readFileSync(join(CLONE, "docs/cli-reference.md"), "utf8")).toBe(await formatReference());
});

describe.each(CATALOG.map((entry) => ({ name: entry.path.join(" "), entry })))("$name", ({ entry }) => {
  test("has the summary of the catalog, on one line without a period", async () => {
    const { command } = await entry.load();
    expect(command.summary).toBe(entry.summary);
    expect(entry.summary).toMatch(/^[A-Z].*[^.\n]$/u);
  });

  test("has help that describes every argument and option", async () => {
    const { command } = await entry.load();
    for (const { name, description } of command.arguments ?? []) expect(description, name).not.toBe("");
    for (const { flags, description } of command.options) expect(description, flags).not.toBe("");
    expect(formatCommandHelp(entry.path, command)).toContain(`Usage: waymark ${entry.path.join(" ")}`);
  });
});
