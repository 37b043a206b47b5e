import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { FS_CONFIG_OPTION, JOBS_OPTION, parseSettings, transferOptions } from "../external-options.ts";

interface GetUrlOptions {
  readonly jobs?: number;
  readonly force?: boolean;
  readonly fsConfig?: readonly string[];
}

export const command = defineCommand<GetUrlOptions>({
  summary: "Fetch a file or folder from a URL",
  details: "It is not tracked here: `waymark import-url` does that.",
  arguments: [
    { name: "<url>", description: "a path, or s3://, ssh://, http(s)://, webdav(s)://, remote://NAME/…" },
    { name: "[out]", description: "where to put it (default: its name, here)" },
  ],
  options: [JOBS_OPTION, { flags: "-f, --force", description: "replace what is there" }, FS_CONFIG_OPTION],
  examples: [{ line: "waymark get-url https://example.org/data.csv", does: "download a file" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { getUrl } = await import("@waymark/pipeline");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui } = context;
    const [url = "", out] = args;
    const settings = parseSettings("--fs-config", options.fsConfig);
    const transfer = await transferOptions(context, options.jobs);
    const where = { cwd, env, settings, out, isForced: options.force ?? false };
    await clearingProgress(ui, () => getUrl(url, { ...transfer, ...where }));
  },
});
