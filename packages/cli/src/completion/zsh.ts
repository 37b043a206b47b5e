import {
  firstWords,
  groupWords,
  spellings,
  type CompletedCommand,
  type CompletedOption,
  type CompletionKind,
  type CompletionModel,
} from "./model.ts";

/** Formats a completion script for zsh: a file `_waymark` in a folder of `fpath`, or to be sourced. */
export function formatZsh(model: CompletionModel): string {
  return `#compdef waymark
# zsh completion of waymark. Load it with: source <(waymark completion -s zsh)
_waymark_remotes() {
  local -a names=(\${(f)"$(waymark remote list 2>/dev/null | cut -d' ' -f1)"})
  compadd -a names
}
_waymark_experiments() {
  local -a names=(\${(f)"$(waymark exp list --all-commits --name-only 2>/dev/null)"})
  compadd -a names
}
_waymark_stages() {
  local -a names=(\${(f)"$(waymark stage list --names-only 2>/dev/null)"})
  compadd -a names
  _files
}
_waymark_settings() {
  compadd ${model.settings.join(" ")}
}

${model.commands.map(formatCommand).join("\n")}

_waymark_group() {
  local -a names
  case "$1" in
${model.groups.map(([group]) => `    ${group}) names=(${formatNames(groupWords(model, group))}) ;;`).join("\n")}
    *) names=(${formatNames(firstWords(model))}) ;;
  esac
  _describe -t commands command names
}

_waymark() {
  local first='' second='' word
  integer at=2 used=0
  while (( at < CURRENT )); do
    word=$words[at]
    if [[ $word == --cd ]]; then (( at++ ))
    elif [[ $word == -* ]]; then :
    elif [[ -z $first ]]; then first=$word; used=at
    elif [[ -z $second ]]; then second=$word
    fi
    (( at++ ))
  done
  if [[ -z $first ]]; then
    if [[ $words[CURRENT] == -* ]]; then
      _arguments -s ${model.globals.map(formatOption).join(" ")}
    else
      _waymark_group ''
    fi
    return
  fi
  case "$first $second" in
${model.commands.flatMap((command) => spellings(command).map((words) => formatCase(words, command))).join("\n")}
    *) _waymark_group "$first" ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _waymark "$@"; else compdef _waymark waymark; fi
`;
}

function formatCommand(command: CompletedCommand): string {
  const { options, argument } = command;
  const specs = [
    ...options.map(formatOption),
    ...(argument === undefined ? [] : [`'*:argument:${actionOf(argument)}'`]),
  ];
  return `${functionOf(command)}() {\n  _arguments -s \\\n${specs.map((spec) => `    ${spec}`).join(" \\\n")}\n}`;
}

/** The words of the command are taken away, so that what follows is completed as its options and arguments. */
function formatCase([first = "", second]: readonly string[], command: CompletedCommand): string {
  const pattern = second === undefined ? `'${first} '*` : `'${first} ${second}'`;
  const skip = second === undefined ? "used-1" : "used";
  return `    ${pattern}) shift $(( ${skip} )) words; (( CURRENT -= ${skip} )); ${functionOf(command)} ;;`;
}

function formatOption({ flags, description, value }: CompletedOption): string {
  const text = description.replace(/[[\]:\\]/gu, "\\$&").replaceAll("'", "'\\''");
  const argument =
    value === undefined ? "" : `:value:${"kind" in value ? actionOf(value.kind) : `(${value.choices.join(" ")})`}`;
  const [first = ""] = flags;
  if (flags.length === 1) return `'*${first}[${text}]${argument}'`;
  return `'*'{${flags.join(",")}}'[${text}]${argument}'`;
}

function formatNames(names: readonly (readonly [string, string])[]): string {
  return names.map(([word, summary]) => `'${word}:${summary.replaceAll("'", "'\\''")}'`).join(" ");
}

function actionOf(kind: CompletionKind): string {
  return kind === "files" ? "_files" : `_waymark_${kind}`;
}

function functionOf({ path }: CompletedCommand): string {
  return `_waymark_command_${path.join("_").replaceAll("-", "_")}`;
}
