import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CATALOG } from "../../packages/cli/src/catalog.ts";
import { dispatch } from "../../packages/cli/src/dispatch.ts";
import { CLONE } from "../support/cli.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...["docs", "examples"].flatMap((folder) =>
    readdirSync(join(CLONE, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))
      .map((path) => join(folder, path)),
  ),
];

/** Command lines in code: `waymark exp show`, at the start of a code span or of a line in a block. */
const COMMAND = /(?:`|^\s*(?:\$ )?)(?:npx )?waymark ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)/gmu;
const SCRIPT = /npm (?:run (?<script>[a-z:]+)|(?<own>test)\b)/gu;

describe.each(pages)("%s", (page) => {
  const text = readFileSync(join(CLONE, page), "utf8");

  test("names commands that exist", () => {
    for (const [, words = ""] of text.matchAll(COMMAND)) {
      const { kind } = dispatch(words.split(" "), CATALOG);
      expect(kind, `waymark ${words}`).not.toBe("usage");
    }
  });

  test("names scripts of package.json that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(CLONE, "package.json"), "utf8")) as { scripts: object };
    for (const { groups } of text.matchAll(SCRIPT)) {
      const name = groups?.["script"] ?? groups?.["own"] ?? "";
      expect(Object.keys(scripts), name).toContain(name);
    }
  });

  test("links to files that exist", () => {
    const folder = join(CLONE, page, "..");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/gu)) {
      expect(() => readFileSync(join(folder, target)), target).not.toThrow(/ENOENT/u);
    }
  });
});
