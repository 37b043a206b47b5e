import { main } from "../../packages/cli/src/main.ts";
import { collectOutput } from "./collected-output.ts";
import { GIT_TEST_ENV } from "./git-repo.ts";

/** What a command line answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, with nothing of the machine's settings. */
export async function runHere(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const stdout = collectOutput();
  const stderr = collectOutput();
  const settings = { DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };
  const code = await main(argv, { cwd, env: { ...GIT_TEST_ENV, ...settings, ...env }, stdout, stderr });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
