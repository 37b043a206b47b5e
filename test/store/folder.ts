import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { ContentCache, initDvcFolder } from "@waymark/store";

/** Variables that keep the machine's DVC settings out. */
export const DVC_TEST_ENV: NodeJS.ProcessEnv = {
  HOME: "/nonexistent",
  DVC_GLOBAL_CONFIG_DIR: "/nonexistent",
  DVC_SYSTEM_CONFIG_DIR: "/nonexistent",
};

/** Makes a DVC project in a folder that goes away with the test. */
export function dvcProject(
  files: Readonly<Record<string, string>> = {},
  config = "",
): { root: string; cache: ContentCache } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-store-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  initDvcFolder(root);
  if (config !== "") writeFileSync(join(root, ".dvc", "config"), config);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return { root, cache: ContentCache.open(join(root, ".dvc"), { env: DVC_TEST_ENV }) };
}
