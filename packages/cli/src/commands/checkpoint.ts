import { resolve } from "node:path";
import { type CommandContext, defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

interface CheckpointOptions {
  readonly dir?: string;
  readonly step?: number;
  readonly message?: string;
  readonly name?: string;
  readonly status?: "running" | "finished" | "interrupted" | "failed";
  readonly json?: boolean;
}

export const command = defineCommand<CheckpointOptions>({
  summary: "Commit a checkpoint of the run that goes on here, from any script",
  details:
    "Belongs to the run in the live folder as long as its process lives: that of a logger, or the script that calls " +
    "this command. Otherwise a new run begins. Listed files go to the cache, unless Git tracks them.",
  arguments: [{ name: "[path...]", description: "files and folders that let the run continue" }],
  options: [
    { flags: "--dir <folder>", description: "live folder (default: WAYMARK_DIR, or live)" },
    {
      flags: "--step <number>",
      description: "step of the checkpoint (default: that of metrics.json, or the next one)",
      parse: parseStep,
    },
    { flags: "-m, --message <text>", description: "message of the commit" },
    { flags: "-n, --name <name>", description: "name of a run that begins with this checkpoint" },
    {
      flags: "--status <status>",
      description: "how the run stands; anything but running ends it",
      choices: ["running", "finished", "interrupted", "failed"],
    },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark checkpoint model.bin", does: "commit the model and what was logged so far" },
    { line: "waymark checkpoint model.bin --status finished", does: "the last one of a run" },
  ],
  async run({ args, options, context }) {
    const { checkpointWorkspace, openProject } = await import("@waymark/experiments");
    const { findCaller } = await import("../find-caller.ts");
    const { cwd, env } = context;
    const name = options.name ?? env["DVC_EXP_NAME"];
    const { outcome, isNewRun } = checkpointWorkspace(openProject(cwd, env), {
      cwd,
      dir: resolve(cwd, options.dir ?? env["WAYMARK_DIR"] ?? "live"),
      paths: args.map((path) => resolve(cwd, path)),
      ...(options.step === undefined ? {} : { step: options.step }),
      ...(options.message === undefined ? {} : { message: options.message }),
      ...(name === undefined ? {} : { name }),
      ...(options.status === undefined ? {} : { status: options.status }),
      process: findCaller(),
      now: new Date().toISOString(),
    });
    if (outcome.kind === "failed") {
      const { CheckpointFailedError } = await import("../checkpoint-failed-error.ts");
      throw new CheckpointFailedError(outcome.reason, outcome.hint);
    }
    for (const note of outcome.notes ?? []) context.ui.note(note);
    report(outcome, isNewRun, options.json === true, context);
  },
});

interface Committed {
  readonly commit: string;
  readonly experimentName: string;
  readonly ref: string;
  readonly step: number | undefined;
  readonly forkedFrom: string | undefined;
}

function report(outcome: Committed, isNewRun: boolean, isJson: boolean, { ui }: CommandContext): void {
  const { commit, experimentName, ref, step, forkedFrom } = outcome;
  if (isJson) {
    const entry = { commit, experiment: experimentName, ref, step: step ?? null, forkedFrom: forkedFrom ?? null };
    ui.line(JSON.stringify(entry));
    return;
  }
  if (isNewRun) ui.note(`A new run: ${experimentName}.`);
  ui.line(`${experimentName}${step === undefined ? "" : `@${step}`} ${commit.slice(0, 7)}`);
}

function parseStep(text: string): number {
  const step = Number(text);
  if (!/^\d+$/u.test(text) || !Number.isSafeInteger(step)) throw new UsageError("A step is a whole number from 0 on.");
  return step;
}
