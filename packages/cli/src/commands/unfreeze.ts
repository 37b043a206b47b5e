import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Let stages or .dvc files follow what they need again",
  arguments: [{ name: "<target...>", description: "stages or .dvc files" }],
  options: [],
  examples: [{ line: "waymark unfreeze prepare", does: "let a stage run again when what it needs changes" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, context }) {
    const { freezeTargets } = await import("../freeze-targets.ts");
    await freezeTargets(args, false, context);
  },
});
