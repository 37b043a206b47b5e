import { OWN_EXIT_CODES, defineCommand } from "../command.ts";

export const command = defineCommand({
  summary: "Print the version, and what there is to know of this machine and project",
  details: "For reports of mistakes. The version alone: `waymark --version`.",
  options: [],
  exitCodes: OWN_EXIT_CODES,
  async run({ context }) {
    const { describeInstallation } = await import("../installation.ts");
    for (const line of describeInstallation(context.cwd, context.env)) context.ui.line(line);
  },
});
