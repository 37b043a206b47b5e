import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit } from "./checker.ts";
import { CLONE, runProgram } from "./cli.ts";

/** Copies `examples/pipeline` into a Git repository of its own, with its raw data, as its README says. */
export async function makePipelineExample(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "waymark-example-"));
  cpSync(join(CLONE, "examples/pipeline"), root, {
    recursive: true,
    filter: (path) => !path.endsWith("node_modules"),
  });
  // Instead of `npm install`.
  symlinkSync(join(CLONE, "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, ".gitignore"), "/node_modules\n");
  runGit(root, ["init", "-q", "-b", "main"]);
  const { code, stderr } = await runProgram(["get-data.js"], { cwd: root });
  if (code !== 0) {
    rmSync(root, { recursive: true });
    throw new Error(stderr);
  }
  return root;
}
