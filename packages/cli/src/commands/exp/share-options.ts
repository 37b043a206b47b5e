import type { ShareOptions } from "@waymark/experiments";
import type { CommandContext, CommandOption } from "../../command.ts";
import { parseJobs } from "../../parse-number.ts";
import { type SelectionOptions, selectionOptions } from "./selection-options.ts";

/** Options that `exp push` and `exp pull` have in common. */
export interface ShareCommandOptions extends SelectionOptions {
  readonly force?: boolean;
  readonly cache: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  readonly runCache?: boolean;
  readonly dry?: boolean;
  readonly json?: boolean;
}

/**
 * Describes the options of {@link ShareCommandOptions}.
 *
 * @param verb - `Push` or `Pull`.
 * @param side - Whose experiments `--force` replaces.
 */
export function shareOptions(verb: "Push" | "Pull", side: string): readonly CommandOption[] {
  const lower = verb.toLowerCase();
  return [
    ...selectionOptions(verb),
    { flags: "-f, --force", description: `replace experiments that have diverged ${side}` },
    { flags: "--no-cache", description: `do not ${lower} the data` },
    { flags: "-r, --remote <name>", description: "data remote (default: the default one)" },
    {
      flags: "-j, --jobs <number>",
      description: "transfers of data at once (default: 4 for each processor)",
      parse: parseJobs,
    },
    { flags: "--run-cache", description: `${lower} the run cache, too` },
    { flags: "--no-run-cache", description: "leave the run cache out, which is the default", isHidden: true },
    { flags: "--dry", description: `say what would be ${lower}ed, and change nothing` },
    { flags: "--json", description: "print JSON" },
  ];
}

/** How far a transfer is, for the one who interrupts it. */
export interface ShareState {
  data: string | undefined;
  experiments: number;
}

/** Makes of the options what the library takes, with progress on a terminal and a line for each event otherwise. */
export async function toShareOptions(
  options: ShareCommandOptions,
  { ui, signal }: CommandContext,
  verb: "Pushing" | "Pulling",
  state: ShareState,
): Promise<ShareOptions> {
  const { secretAsker } = await import("../../ask-secret.ts");
  const { formatTransfer, showTransfer } = await import("../../transfer-progress.ts");
  const show = showTransfer(ui, verb);
  const askSecret = secretAsker();
  return {
    ...{ force: options.force ?? false, isDry: options.dry ?? false, isWithoutData: !options.cache },
    ...{ runCache: options.runCache ?? false, remote: options.remote, jobs: options.jobs, signal },
    ...(askSecret === undefined ? {} : { askSecret }),
    // Git asks on the terminal itself.
    mayAsk: askSecret !== undefined,
    onGitProgress: ({ phase, done, total }) => ui.progress(`${phase}: ${done} of ${total}`),
    onDataProgress: (progress) => {
      state.data = formatTransfer("", progress).trim();
      show(progress);
    },
    onEvent: (event) => {
      if (event.kind === "refs") state.experiments += event.experiments.length;
      if (event.kind !== "data" || event.transferred === 0) return;
      const files = `${event.transferred} file${event.transferred === 1 ? "" : "s"}`;
      ui.note(verb === "Pushing" ? `${files} of data sent; now the experiments.` : `${files} of data fetched.`);
    },
  };
}
