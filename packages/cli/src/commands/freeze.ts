import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Freeze stages or .dvc files: what they need no longer counts",
  arguments: [{ name: "<target...>", description: "stages or .dvc files" }],
  options: [],
  examples: [{ line: "waymark freeze prepare", does: "keep the outputs of a stage as they are" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, context }) {
    const { freezeTargets } = await import("../freeze-targets.ts");
    await freezeTargets(args, true, context);
  },
});
