import { spawnSync } from "node:child_process";
import type { Ui } from "../ui.ts";

/** How less behaves for a table: ends at once when it fits, keeps colours, does not wrap, leaves the text behind. */
const LESS_OPTIONS = ["--quit-if-one-screen", "--RAW-CONTROL-CHARS", "--chop-long-lines", "--no-init"];

/**
 * Prints a long table through a pager as DVC does: on a terminal only, with `DVC_PAGER`, or else `less` where there is
 * one. `DVC_PAGER` is a program with options, and no line of a shell; empty, or `cat`, switches paging off.
 */
export function writePaged(ui: Ui, text: string, env: Readonly<Record<string, string | undefined>>): void {
  const [program, ...options] = pagerOf(env);
  if (!ui.isTerminal || program === undefined) {
    ui.write(text);
    return;
  }
  const { error } = spawnSync(program, options, { input: text, stdio: ["pipe", "inherit", "inherit"], env });
  // Nobody misses a pager that is not there; one that was left early has done its work.
  if (error !== undefined && "code" in error && error.code === "ENOENT") ui.write(text);
}

function pagerOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const wanted = env["DVC_PAGER"];
  if (wanted !== undefined) return wanted.split(/\s+/u).filter((word) => word !== "" && word !== "cat");
  if (env["TERM"] === undefined || env["TERM"] === "dumb") return [];
  return ["less", ...LESS_OPTIONS];
}
