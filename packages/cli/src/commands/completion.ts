import type { CompletionModel } from "../completion/model.ts";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";

const SHELLS = ["bash", "zsh", "fish"];

interface CompletionOptions {
  readonly shell?: string;
}

export const command = defineCommand<CompletionOptions>({
  summary: "Print a script that completes command lines in a shell",
  options: [{ flags: "-s, --shell <name>", description: "the shell", choices: SHELLS, defaultValue: "bash" }],
  examples: [
    { line: "source <(waymark completion)", does: "in ~/.bashrc" },
    { line: "waymark completion -s zsh > ~/.zfunc/_waymark", does: "in a folder of zsh's fpath" },
    { line: "waymark completion -s fish > ~/.config/fish/completions/waymark.fish", does: "for fish" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { CATALOG } = await import("../catalog.ts");
    const { listConfigNames } = await import("@waymark/store");
    const { collectCompletions } = await import("../completion/model.ts");
    const model = await collectCompletions(CATALOG, listConfigNames());
    context.ui.write(await formatFor(options.shell ?? "bash", model));
  },
});

async function formatFor(shell: string, model: CompletionModel): Promise<string> {
  switch (shell) {
    case "zsh":
      return (await import("../completion/zsh.ts")).formatZsh(model);
    case "fish":
      return (await import("../completion/fish.ts")).formatFish(model);
    default:
      return (await import("../completion/bash.ts")).formatBash(model);
  }
}
