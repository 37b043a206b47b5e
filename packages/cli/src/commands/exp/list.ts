import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { type RevisionOptions, revisionOptions, toSelection } from "./revision-options.ts";

interface ListOptions extends RevisionOptions {
  readonly nameOnly?: boolean;
  readonly shaOnly?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<ListOptions>({
  summary: "List experiments by the commit they started from",
  options: [
    ...revisionOptions("List"),
    { flags: "--name-only", description: "print names only" },
    { flags: "--names-only", description: "the same", isHidden: true },
    { flags: "--sha-only", description: "print commit ids only" },
    { flags: "--shas-only", description: "the same", isHidden: true },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp list", does: "experiments of the current commit" },
    { line: "waymark exp list -A", does: "experiments of every commit" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { listExperiments, openProject } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const given: ListOptions & { readonly namesOnly?: boolean; readonly shasOnly?: boolean } = options;
    const lists = await listExperiments(openProject(cwd, env).repo, toSelection(options));
    if (options.json === true) {
      const entries = lists.map(({ baseline, baselineName, experiments }) => ({
        ...{ baseline, name: baselineName ?? null },
        experiments: experiments.map(({ name, tip, ref }) => ({ name, commit: tip, ref })),
      }));
      ui.line(JSON.stringify(entries, null, 2));
      return;
    }
    if (lists.length === 0) ui.note("No experiments here yet. `waymark exp list -A` looks at every commit.");
    for (const { baseline, baselineName, experiments } of lists) {
      if (given.nameOnly === true || given.namesOnly === true) {
        for (const { name } of experiments) ui.line(toPrintable(name));
      } else if (given.shaOnly === true || given.shasOnly === true) {
        for (const { tip } of experiments) ui.line(tip);
      } else {
        ui.line(`${ui.style("bold", toPrintable(baselineName ?? baseline.slice(0, 7)))}:`);
        for (const { name, tip } of experiments) {
          ui.line(`\t${ui.style("yellow", tip.slice(0, 7))} [${toPrintable(name)}]`);
        }
      }
    }
  },
});
