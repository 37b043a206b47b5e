import { basename, isAbsolute } from "node:path";
import { defineCommand } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

interface SlurmTaskOptions {
  readonly remote?: string;
  readonly bundles?: boolean;
}

/** Exit code of a job whose run was not saved as it should. */
const FAILED = 1;

export const command = defineCommand<SlurmTaskOptions>({
  summary: "Do what a job of Slurm has to do",
  details: "Jobs that `--executor slurm` submits start this by themselves.",
  arguments: [{ name: "<submission>", description: "folder of the submission; with --remote, its id" }],
  options: [
    { flags: "--bundles", description: "the folder holds bundles: the project itself is not to be seen from here" },
    { flags: "--remote <url>", description: "Git remote that has the submission" },
  ],
  async run({ args, options, context }) {
    const { isJobOver, runSlurmTask } = await import("@waymark/experiments");
    const { hearSlurm } = await import("../../slurm/hear-slurm.ts");
    const { showRun } = await import("../../exp-run/show-run.ts");
    const [submission = ""] = args;
    const { remote, bundles = false } = options;
    if (remote === undefined && !isAbsolute(submission)) {
      throw new UsageError(`'${submission}' is no absolute path`, { hint: "Jobs start this by themselves." });
    }
    const { env, ui } = context;
    const hearing = hearSlurm();
    try {
      const source =
        remote === undefined
          ? bundles
            ? ({ kind: "bundle", folder: submission, submission: basename(submission) } as const)
            : ({ kind: "shared", folder: submission } as const)
          : ({ kind: "remote", url: remote, submission } as const);
      const { warned, ended } = hearing;
      const record = await runSlurmTask(source, { env, warned, ended }, showRun(ui, false));
      const isGood = ["finished", "stopped", "skipped"].includes(record.state) || !isJobOver(record);
      return isGood ? 0 : FAILED;
    } finally {
      hearing.close();
    }
  },
});
