import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openRemote } from "@waymark/store/remotes";

it.each(["configpath", "credentialpath"])("runs no program that a file named by `%s` asks for", async (key) => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const marker = join(folder, "ran");
  const path = join(folder, "profiles");
  writeFileSync(
    path,
    `[default]\ncredential_process = touch ${marker}\n[profile evil]\ncredential_process = touch ${marker}\n`,
  );
  const options = new Map([
    ["endpointurl", "http://127.0.0.1:1"],
    [key, path],
  ]);
  const open = async (): Promise<unknown> => {
    const remote = await openRemote({ name: "r", url: "s3://bucket/x", options, folder }, { HOME: folder });
    return remote.has(["b1946ac92492d2347c6235b4d2611184"]);
  };
  await expect(open()).rejects.toThrow("runs a program");
  expect(existsSync(marker)).toBe(false);
});
