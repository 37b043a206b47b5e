import type { RemoteScope } from "@waymark/pipeline";
import type { CommandContext, CommandOption } from "./command.ts";
import { parseJobs } from "./parse-number.ts";

/** Options that `push`, `pull` and `fetch` have in common. */
export interface RemoteOptions {
  readonly jobs?: number;
  readonly remote?: string;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly runCache?: boolean;
}

/** Describes the options of {@link RemoteOptions}. */
export const REMOTE_OPTIONS: readonly CommandOption[] = [
  {
    flags: "-j, --jobs <number>",
    description: "transfers at once (default: 4 for each processor)",
    parse: parseJobs,
  },
  { flags: "-r, --remote <name>", description: "the remote (default: the default one)" },
  { flags: "-a, --all-branches", description: "the data of all branches, too" },
  { flags: "-T, --all-tags", description: "the data of all tags, too" },
  { flags: "-A, --all-commits", description: "the data of all commits, too" },
  { flags: "-d, --with-deps", description: "with stages: everything they depend on, too" },
  { flags: "-R, --recursive", description: "folders stand for all that is defined in them" },
  { flags: "--run-cache", description: "the run cache, too" },
  { flags: "--no-run-cache", description: "leave the run cache out, which is the default", isHidden: true },
];

/** Makes of the options what the library takes. */
export async function remoteScope(
  targets: readonly string[],
  options: RemoteOptions,
  { ui, signal }: CommandContext,
  verb: string,
): Promise<RemoteScope & { readonly runCache: boolean }> {
  const { secretAsker } = await import("./ask-secret.ts");
  const { showTransfer } = await import("./transfer-progress.ts");
  return {
    targets,
    scope: {
      isAllBranches: options.allBranches ?? false,
      isAllTags: options.allTags ?? false,
      isAllCommits: options.allCommits ?? false,
    },
    withDeps: options.withDeps ?? false,
    isRecursive: options.recursive ?? false,
    remote: options.remote,
    jobs: options.jobs,
    signal,
    onProgress: showTransfer(ui, verb),
    askSecret: secretAsker(),
    runCache: options.runCache ?? false,
  };
}
