import { CATALOG, INTERNAL } from "./catalog.ts";
import { dispatch } from "./dispatch.ts";
import { formatGroupHelp, formatHelp } from "./help.ts";
import type { OutputStream } from "./ui.ts";
import { readVersion } from "./version.ts";

/** What the process gives to {@link main}. */
export interface MainEnvironment {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Called by a command that does not end when nobody reads its output any more. */
  readonly goOnUnread?: () => void;
}

/**
 * Runs one command line. Help, the version and typos are answered from the catalog alone: the rest of the program is
 * loaded only when a command is known.
 *
 * @param argv - What was typed after `waymark`.
 * @returns The exit code.
 */
export async function main(argv: readonly string[], environment: MainEnvironment): Promise<number> {
  const internal = INTERNAL.some(({ path }) => path[0] === argv[0]);
  const target = dispatch(argv, internal ? INTERNAL : CATALOG);
  switch (target.kind) {
    case "version":
      environment.stdout.write(`${readVersion()}\n`);
      return 0;
    case "help":
      environment.stdout.write(formatHelp(CATALOG));
      return 0;
    case "group-help":
      environment.stdout.write(formatGroupHelp(target.group, CATALOG));
      return target.exitCode;
    case "usage": {
      const hint = target.hint === undefined ? "" : `hint: ${target.hint}\n`;
      environment.stderr.write(`error: ${target.message}\n${hint}`);
      return target.exitCode;
    }
    case "command": {
      const { runCommand } = await import("./run-command.ts");
      return runCommand(target, environment);
    }
  }
}
