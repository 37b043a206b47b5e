import { defineCommand } from "../../command.ts";

interface ResumeOptions {
  readonly dry?: boolean;
  readonly run?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<ResumeOptions>({
  summary: "Continue an experiment where one of its checkpoints left it",
  details:
    "Puts the files of the checkpoint back and starts the command that made the experiment, told to go on from there. " +
    "The same experiment continues when the newest checkpoint of an unfinished run meets the same code and params; " +
    "otherwise a new one begins, and the first stays as it is.",
  arguments: [{ name: "<experiment>", description: "NAME for its newest checkpoint, or NAME@STEP" }],
  goesOnUnread: true,
  options: [
    { flags: "--dry", description: "say what would be restored and run, and do nothing" },
    { flags: "--no-run", description: "restore the files only" },
    { flags: "--json", description: "print the plan as JSON" },
  ],
  examples: [
    { line: "waymark exp resume brave-bat", does: "go on after its newest checkpoint" },
    { line: "waymark exp resume brave-bat@300", does: "begin a new experiment after step 300" },
  ],
  async run({ args, options, context }) {
    const { NoRecordedCommandError, openProject, parseRunCommand, planResume, restoreCheckpoint } =
      await import("@waymark/experiments");
    const { describeResume, formatResumeJson } = await import("../../render/resume-plan.ts");
    const { cwd, env, ui } = context;
    const project = openProject(cwd, env);
    const plan = planResume(project, args[0] as string);
    const isRunning = options.run !== false;
    if (options.json === true) ui.line(formatResumeJson(plan));
    else for (const line of describeResume(plan, project.root, isRunning)) ui.note(line);
    if (options.dry === true) return undefined;
    if (isRunning && plan.command === undefined) throw new NoRecordedCommandError(plan.experimentName);
    const again = isRunning && plan.command !== undefined ? parseRunCommand(plan.command) : undefined;
    if (again !== undefined) {
      // What `exp run` began, it goes on with: stages, checkpoints and all.
      const { resumeRun } = await import("../../exp-run/resume-run.ts");
      return await resumeRun(again, { ...context, cwd: plan.cwd }, plan.selector);
    }
    restoreCheckpoint(project, plan);
    if (!isRunning || plan.command === undefined) return undefined;
    const { runProgram } = await import("../../run-program.ts");
    return await runProgram(plan.command, { cwd: plan.cwd, env: { ...env, WAYMARK_RESUME: plan.selector } });
  },
});
