import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLONE } from "../support/cli.ts";

test("the checks of a change are npm test, then npm run test:interop, with CI set and nothing to read from", () => {
  const path = join(CLONE, ".ci/run");
  const text = readFileSync(path, "utf8");
  expect(statSync(path).mode & 0o111).not.toBe(0);
  expect(text.match(/^npm .*$/gmu)).toEqual(["npm test", "npm run test:interop"]);
  expect(text).toContain("export CI=true");
  expect(text).toContain("exec </dev/null");
});
