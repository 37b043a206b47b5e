import type { ImportUrlOptions, UrlAccess } from "@waymark/pipeline";
import type { CommandContext, CommandOption } from "./command.ts";
import { parseJobs } from "./parse-number.ts";
import { UsageError } from "./usage-error.ts";

/** How another repository and its data are reached. */
export interface ExternalOptions {
  readonly rev?: string;
  readonly config?: string;
  readonly remote?: string;
  readonly remoteConfig?: readonly string[];
}

/** The options behind {@link ExternalOptions}. */
export const EXTERNAL_OPTIONS: readonly CommandOption[] = [
  { flags: "--rev <commit>", description: "branch, tag or commit of the repository" },
  { flags: "--config <file>", description: "settings on top of the repository's own" },
  { flags: "--remote <name>", description: "remote of the repository to take data from" },
  {
    flags: "--remote-config <name=value...>",
    description: "settings of that remote, on top of its own",
  },
];

/** The option for several transfers at once. */
export const JOBS_OPTION: CommandOption = {
  flags: "-j, --jobs <number>",
  description: "downloads at once (default: 4 for each processor)",
  parse: parseJobs,
};

/** The option for settings of a URL's protocol. */
export const FS_CONFIG_OPTION: CommandOption = {
  flags: "--fs-config <name=value...>",
  description: "settings for the URL, as a remote of its kind has them",
};

/** @throws {@link UsageError} for a word that is not `name=value`. */
export function parseSettings(option: string, words: readonly string[] | undefined): ReadonlyMap<string, string> {
  return new Map(
    (words ?? []).map((word) => {
      const at = word.indexOf("=");
      if (at > 0) return [word.slice(0, at).toLowerCase(), word.slice(at + 1)] as const;
      throw new UsageError(`'${word}' of '${option}' is not name=value`, {
        hint: "Several settings follow each other: name=value name=value.",
      });
    }),
  );
}

/** Turns the options of a command into those of the library. */
export function toExternalOptions(options: ExternalOptions): {
  readonly revision: string | undefined;
  readonly configPath: string | undefined;
  readonly remote: string | undefined;
  readonly remoteSettings: ReadonlyMap<string, string>;
} {
  return {
    revision: options.rev,
    configPath: options.config,
    remote: options.remote,
    remoteSettings: parseSettings("--remote-config", options.remoteConfig),
  };
}

/** Reads how deep a listing goes: 0 or more. */
export function parseDepth(text: string): number {
  if (!/^\d{1,4}$/u.test(text)) throw new UsageError("Expected a number from 0 to 9999.");
  return Number(text);
}

/** What the transfers of a command take: where progress is shown, who is asked for passwords, what ends them. */
export async function transferOptions(
  { ui, signal }: CommandContext,
  jobs: number | undefined,
): Promise<Pick<UrlAccess, "jobs" | "signal" | "onProgress" | "askSecret"> & Pick<ImportUrlOptions, "onStoring">> {
  const { secretAsker } = await import("./ask-secret.ts");
  const { showData } = await import("./data-progress.ts");
  const { showTransfer } = await import("./transfer-progress.ts");
  const shown = { onProgress: showTransfer(ui, "Fetching"), onStoring: showData(ui, "Storing") };
  return { jobs, signal, askSecret: secretAsker(), ...shown };
}
