import { OWN_EXIT_CODES, defineCommand } from "../command.ts";

interface DoctorOptions {
  readonly fix?: boolean;
  readonly remotes?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<DoctorOptions>({
  summary: "Find what crashed runs left behind and what will be in the way, and repair it",
  details:
    "Looks at the repository, its experiments, the cache, and what runs of Waymark or DVC leave when they are killed. " +
    "Every finding says what there is, why it matters and how it is repaired. Nothing is changed without `--fix`, " +
    "and no repair loses work: commits that nothing else names are kept below refs/waymark/kept/. The exit code is 1 " +
    "while something is left that should be repaired.",
  options: [
    { flags: "--fix", description: "repair what can be repaired safely" },
    { flags: "--remotes", description: "ask the Git and data remotes, too, whether they answer" },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark doctor", does: "look, and change nothing" },
    { line: "waymark doctor --fix", does: "clean up after a crash" },
  ],
  exitCodes: OWN_EXIT_CODES,
  async run({ options, context }) {
    const { describeInstallation } = await import("../installation.ts");
    const { examineProject, findProject } = await import("@waymark/experiments");
    const { findingJson, printFindings } = await import("../render/findings.ts");
    const { cwd, env, ui } = context;
    const installation = describeInstallation(cwd, env);
    const project = findProject(cwd, env);
    const findings =
      project === undefined
        ? []
        : await examineProject(project, {
            fix: options.fix ?? false,
            withNetwork: options.remotes ?? false,
            ...(options.remotes === true ? { signal: context.signal } : {}),
          });
    if (options.json === true) {
      ui.line(JSON.stringify({ installation, findings: findings.map(findingJson) }, null, 2));
    } else {
      for (const line of installation) ui.line(line);
      ui.line("");
      if (project === undefined) ui.line("Not in a Git repository: there is nothing more to look at.");
      else printFindings(ui, findings);
    }
    return findings.some(({ severity, state }) => severity !== "note" && state !== "fixed") ? 1 : 0;
  },
});
