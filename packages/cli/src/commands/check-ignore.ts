import { CommandError } from "../command-error.ts";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";

interface CheckIgnoreOptions {
  readonly details?: boolean;
  readonly nonMatching?: boolean;
  readonly all?: boolean;
  readonly stdin?: boolean;
}

export const command = defineCommand<CheckIgnoreOptions>({
  summary: "Tell whether .dvcignore files keep paths out of tracked data",
  details: "Prints the paths that are kept out. Exits 1 when none of them is.",
  arguments: [{ name: "[path...]", description: "files or folders; they need not exist" }],
  options: [
    { flags: "-d, --details", description: "print which line of which file decides, too" },
    { flags: "-a, --all", description: "accepted for DVC's sake: one line decides", isHidden: true },
    { flags: "-n, --non-matching", description: "with --details: print paths that nothing matches, too" },
    { flags: "--stdin", description: "read paths from standard input, one a line, up to an empty one" },
  ],
  examples: [{ line: "waymark check-ignore -d data/raw.tmp", does: "find the line that hides a file" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    refuseWrongOptions(args, options);
    const { checkIgnored, openDvcProject } = await import("@waymark/pipeline");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    let hasMatch = false;
    const check = (path: string): void => {
      const { isIgnored, source } = checkIgnored(project, path);
      hasMatch ||= options.details === true ? source !== undefined : isIgnored;
      if (options.details !== true) {
        if (isIgnored) ui.line(toPrintable(path));
      } else if (source !== undefined) ui.line(`${toPrintable(source)}\t${toPrintable(path)}`);
      else if (options.nonMatching === true) ui.line(`::\t${toPrintable(path)}`);
    };
    if (options.stdin === true) for await (const line of readLines()) check(line);
    else args.forEach(check);
    return hasMatch ? 0 : 1;
  },
});

function refuseWrongOptions(args: readonly string[], options: CheckIgnoreOptions): void {
  if (options.stdin !== true && args.length === 0) throw new CommandError(255, "Give paths, or `--stdin`");
  if (options.stdin === true && args.length > 0) throw new CommandError(255, "Give paths or `--stdin`, not both");
  if (options.details === true) return;
  if (options.nonMatching === true) throw new CommandError(255, "`--non-matching` goes with `--details`");
  if (options.all === true) throw new CommandError(255, "`--all` goes with `--details`");
}

async function* readLines(): AsyncGenerator<string> {
  const { createInterface } = await import("node:readline");
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line === "") return;
    yield line;
  }
}
