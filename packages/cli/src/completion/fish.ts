import {
  firstWords,
  groupWords,
  spellings,
  type CompletedCommand,
  type CompletedOption,
  type CompletionKind,
  type CompletionModel,
} from "./model.ts";

const SOURCES: Readonly<Record<CompletionKind, string | undefined>> = {
  files: undefined,
  remotes: "(waymark remote list 2>/dev/null | string replace -r ' .*' '')",
  experiments: "(waymark exp list --all-commits --name-only 2>/dev/null)",
  stages: "(waymark stage list --names-only 2>/dev/null)",
  settings: "(__waymark_settings)",
};

/** Formats a completion script for fish: a file `waymark.fish` in its folder of completions, or to be sourced. */
export function formatFish(model: CompletionModel): string {
  const lines = [
    "# fish completion of waymark. Load it with: waymark completion -s fish | source",
    `function __waymark_settings
    printf '%s\\n' ${model.settings.join(" ")}
end`,
    `function __waymark_is
    set -l words (commandline -opc)[2..-1]
    set -l typed
    set -l skip 0
    for word in $words
        if test $skip -eq 1
            set skip 0
        else if test "$word" = --cd
            set skip 1
        else if not string match -q -- '-*' $word
            set -a typed $word
        end
    end
    if test "$argv[1]" = --exactly
        test (count $typed) -eq (math (count $argv) - 1); or return 1
        set -e argv[1]
    end
    test (count $typed) -ge (count $argv); or return 1
    for at in (seq (count $argv))
        test "$typed[$at]" = "$argv[$at]"; or return 1
    end
end`,
    "complete -c waymark -f",
    ...firstWords(model).map(([word, summary]) => formatWord([], word, summary)),
    ...model.globals.map((option) => formatOption("__waymark_is --exactly", option)),
    ...model.groups.flatMap(([group]) =>
      groupWords(model, group).map(([word, summary]) => formatWord([group], word, summary)),
    ),
    ...model.commands.flatMap(formatCommand),
  ];
  return `${lines.join("\n")}\n`;
}

function formatWord(before: readonly string[], word: string, summary: string): string {
  const condition = ["__waymark_is --exactly", ...before].join(" ");
  return `complete -c waymark -n ${quote(condition)} -a ${quote(word)} -d ${quote(summary)}`;
}

function formatCommand(command: CompletedCommand): readonly string[] {
  return spellings(command).flatMap((words) => {
    const condition = ["__waymark_is", ...words].join(" ");
    const { argument } = command;
    const source = argument === undefined ? undefined : SOURCES[argument];
    return [
      ...(argument === undefined
        ? []
        : [
            `complete -c waymark -n ${quote(condition)} ${source === undefined ? "-F" : `-a ${quote(source)}`}`,
            ...(argument === "stages" ? [`complete -c waymark -n ${quote(condition)} -F`] : []),
          ]),
      ...command.options.map((option) => formatOption(condition, option)),
    ];
  });
}

function formatOption(condition: string, { flags, description, value }: CompletedOption): string {
  const parts = [`complete -c waymark -n ${quote(condition)}`];
  for (const flag of flags) parts.push(flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`);
  if (value !== undefined && "choices" in value) parts.push(`-x -a ${quote(value.choices.join(" "))}`);
  else if (value !== undefined) {
    const source = SOURCES[value.kind];
    parts.push(source === undefined ? "-r -F" : `-x -a ${quote(source)}`);
  }
  parts.push(`-d ${quote(description)}`);
  return parts.join(" ");
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/gu, "\\$&")}'`;
}
