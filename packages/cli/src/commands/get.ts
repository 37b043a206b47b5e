import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import {
  EXTERNAL_OPTIONS,
  JOBS_OPTION,
  toExternalOptions,
  transferOptions,
  type ExternalOptions,
} from "../external-options.ts";

interface GetOptions extends ExternalOptions {
  readonly out?: string;
  readonly showUrl?: boolean;
  readonly jobs?: number;
  readonly force?: boolean;
}

export const command = defineCommand<GetOptions>({
  summary: "Fetch a file or folder of another repository",
  details: "Whether Git keeps it or DVC. It is not tracked here: `waymark import` does that.",
  arguments: [
    { name: "<url>", description: "a folder, or the address of a repository" },
    { name: "<path>", description: "a file or folder in it" },
  ],
  options: [
    { flags: "-o, --out <path>", description: "where to put it (default: its name, here)" },
    { flags: "--show-url", description: "print where its data is stored, and fetch nothing" },
    JOBS_OPTION,
    { flags: "-f, --force", description: "replace what is there" },
    ...EXTERNAL_OPTIONS,
  ],
  examples: [
    { line: "waymark get https://github.com/ada/models model.bin", does: "fetch a model" },
    { line: "waymark get ../other data --rev v1 -o old-data", does: "fetch a folder as it was" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { findExternalUrl, getExternal } = await import("@waymark/pipeline");
    const { cwd, env, signal, ui } = context;
    const [url = "", path = ""] = args;
    const where = { cwd, env, signal, ...toExternalOptions(options) };
    if (options.showUrl === true) {
      ui.line(await findExternalUrl(url, path, where));
      return;
    }
    const { out, jobs, force = false } = options;
    const { clearingProgress } = await import("../transfer-progress.ts");
    const transfer = await transferOptions(context, jobs);
    await clearingProgress(ui, () => getExternal(url, path, { ...where, ...transfer, out, isForced: force }));
  },
});
