import {
  firstWords,
  groupWords,
  spellings,
  type CompletedCommand,
  type CompletedOption,
  type CompletionModel,
} from "./model.ts";

/** Formats a completion script for bash 3.2 and newer. */
export function formatBash(model: CompletionModel): string {
  return `# bash completion of waymark. Load it with: source <(waymark completion -s bash)
_waymark_names() {
  case "$1" in
    remotes) waymark remote list 2>/dev/null | cut -d' ' -f1 ;;
    experiments) waymark exp list --all-commits --name-only 2>/dev/null ;;
    stages) waymark stage list --names-only 2>/dev/null ;;
    settings) printf '%s\\n' ${model.settings.join(" ")} ;;
  esac
}

_waymark_command() {
  case "$1 $2" in
${model.commands.flatMap((command) => spellings(command).map((words) => formatWords(words, command))).join("\n")}
  esac
}

_waymark_options() {
  case "$1" in
${model.commands.map((command) => `    '${command.path.join(" ")}') echo '${flagsOf(command.options)}' ;;`).join("\n")}
    *) echo '${flagsOf(model.globals)}' ;;
  esac
}

_waymark_value() {
  case "$1:$2" in
${model.commands.flatMap(formatValues).join("\n")}
    *:--cd) echo files ;;
  esac
}

_waymark_argument() {
  case "$1" in
${model.commands.flatMap(formatArgument).join("\n")}
  esac
}

_waymark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local first='' second='' word skip='' command kind words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n $skip ]]; then skip=''
    elif [[ $word == --cd ]]; then skip=1
    elif [[ $word == -* ]]; then :
    elif [[ -z $first ]]; then first=$word
    elif [[ -z $second ]]; then second=$word
    fi
  done
  COMPREPLY=()
  command=$(_waymark_command "$first" "$second")
  kind=$(_waymark_value "$command" "$previous")
  if [[ -z $kind ]]; then
    if [[ $current == -* ]]; then words=$(_waymark_options "$command")
    elif [[ -n $command ]]; then kind=$(_waymark_argument "$command")
    else
      case "$first" in
        '') words='${firstWords(model)
          .map(([word]) => word)
          .join(" ")}' ;;
${model.groups
  .map(
    ([group]) =>
      `        ${group}) words='${groupWords(model, group)
        .map(([word]) => word)
        .join(" ")}' ;;`,
  )
  .join("\n")}
      esac
    fi
  fi
  case "$kind" in
    files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    choices\\ *) words=\${kind#choices } ;;
    ?*) words=$(_waymark_names "$kind") ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _waymark waymark
`;
}

/** A pattern that the first two words of a command line match, and the command they mean. */
function formatWords([first = "", second]: readonly string[], { path }: CompletedCommand): string {
  const pattern = second === undefined ? `'${first} '*` : `'${first} ${second}'`;
  return `    ${pattern}) echo '${path.join(" ")}' ;;`;
}

function flagsOf(options: readonly CompletedOption[]): string {
  return options.flatMap(({ flags }) => flags.toReversed()).join(" ");
}

function formatValues({ path, options }: CompletedCommand): readonly string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === undefined) return [];
    const name = path.join(" ");
    const pattern = flags.map((flag) => `'${name}:${flag}'`).join("|");
    const answer = "kind" in value ? value.kind : `choices ${value.choices.join(" ")}`;
    return [`    ${pattern}) echo '${answer}' ;;`];
  });
}

function formatArgument({ path, argument }: CompletedCommand): readonly string[] {
  return argument === undefined ? [] : [`    '${path.join(" ")}') echo ${argument} ;;`];
}
