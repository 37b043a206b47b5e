import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { REMOTE_OPTIONS, remoteScope, type RemoteOptions } from "../remote-options.ts";
import { UsageError } from "../usage-error.ts";

interface FetchOptions extends RemoteOptions {
  readonly maxSize?: number;
  readonly type?: readonly ("metrics" | "plots")[];
}

export const command = defineCommand<FetchOptions>({
  summary: "Bring data from a remote into the cache",
  details:
    "The workspace stays as it is; `waymark pull` changes it, too. What comes is compared with its hash before it gets " +
    "its place, and large files go on where an earlier command was interrupted.",
  arguments: [{ name: "[target...]", description: "tracked files and folders, .dvc files and stages (default: all)" }],
  options: [
    ...REMOTE_OPTIONS,
    {
      flags: "--max-size <bytes>",
      description: "leave out files and folders that are larger",
      parse: parseSize,
    },
    {
      flags: "--type <kind>",
      description: "only metrics, or only plots; may be repeated",
      choices: ["metrics", "plots"],
      isRepeatable: true,
    },
  ],
  examples: [{ line: "waymark fetch -aT", does: "have the data of all branches and tags at hand" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { fetchData, openDvcProject } = await import("@waymark/pipeline");
    const { summarizeCounts, transferError, warnOfMissing, warnOfSkipped } =
      await import("../render/transfer-report.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    const scope = await remoteScope(args, options, context, "Fetching");
    const kinds = options.type?.map((kind) => (kind === "metrics" ? "metric" : "plot"));
    const report = await clearingProgress(ui, async () =>
      fetchData(project, { ...scope, maxSizeBytes: options.maxSize, kinds }),
    );
    if (report.hasNoRemote) ui.warn("No remote is named and none is the default: nothing was fetched.");
    warnOfSkipped(ui, report.skipped);
    warnOfMissing(ui, report.missing, project.folder);
    if (report.failed.length > 0) throw transferError(report.failed, "fetched", project.folder);
    ui.line(summarizeCounts([[report.fetched, "fetched"]]) || "Everything is up to date.");
  },
});

function parseSize(text: string): number {
  if (!/^\d{1,15}$/u.test(text)) throw new UsageError("Expected a number of bytes.");
  return Number(text);
}
