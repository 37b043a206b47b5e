// `npm run docs`: writes docs/cli-reference.md from the commands.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepare } from "./prepare.mjs";
import { ROOT, runTool } from "./support/run.mjs";

await runTool(async () => {
  await prepare();
  const { formatReference } = await import("../packages/cli/dist/reference.js");
  writeFileSync(join(ROOT, "docs/cli-reference.md"), await formatReference());
});
