import { execFileSync } from "node:child_process";
import { GIT_TEST_ENV } from "./git-repo.ts";

/** The interpreter of the environment that `npm run test:interop` prepares. */
export const PYTHON = process.env["WAYMARK_PYTHON"] ?? "python3";

const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...GIT_TEST_ENV,
  PATH: process.env["PATH"],
  // DVC keeps caches in the home folder; each test run has its own.
  HOME: process.env["HOME"],
  DVC_NO_ANALYTICS: "1",
  DVC_TEST: "true",
  TZ: "UTC",
};

/** Runs a Python script to its end; its output. */
export function runPython(cwd: string, args: readonly string[]): string {
  return execFileSync(PYTHON, [...args], {
    cwd,
    env: ENVIRONMENT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs the real `dvc` to its end; its standard output. */
export function dvc(cwd: string, ...args: readonly string[]): string {
  return runPython(cwd, ["-m", "dvc", ...args]);
}

/** Runs the real `dvc` with `--json`; what it printed. */
export function dvcJson(cwd: string, ...args: readonly string[]): unknown {
  return JSON.parse(dvc(cwd, ...args, "--json"));
}

/** Environment in which both tools see the same machine. */
export const INTEROP_ENV: Readonly<Record<string, string | undefined>> = { ...ENVIRONMENT };
