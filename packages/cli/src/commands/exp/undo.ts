import type { ListedOperation, Project, UndoneOperation } from "@waymark/experiments";
import { type CommandContext, defineCommand } from "../../command.ts";

interface UndoOptions {
  readonly list?: boolean;
  readonly force?: boolean;
  readonly dry?: boolean;
  readonly json?: boolean;
}

/** More than so many are counted, not listed. */
const SHOWN = 20;

export const command = defineCommand<UndoOptions>({
  summary: "Take back the last apply, remove, rename, gc, rebase or pull of experiments",
  details:
    "Without an argument the newest operation that still stands is taken back, and again the one before. An undo is an " +
    "operation too: naming it does the thing again. Operations are kept for 30 days, in this repository only.",
  arguments: [{ name: "[operation]", description: "id of an operation, or enough of its beginning or end" }],
  options: [
    { flags: "--list", description: "list the operations that can be undone, newest first" },
    {
      flags: "-f, --force",
      description: "also where experiments or files were changed since; what is there now is kept",
    },
    { flags: "--dry", description: "say what would be done, and change nothing" },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp undo", does: "take back the last operation" },
    { line: "waymark exp undo --list", does: "what can be taken back" },
  ],
  async run({ args: [id], options, context }) {
    const { openProject, undoOperation } = await import("@waymark/experiments");
    const { noteWait } = await import("../../note-wait.ts");
    const { cwd, env, ui, signal } = context;
    const project = openProject(cwd, env);
    if (options.list === true) return list(project, id, options, context);
    const { force = false, dry = false } = options;
    const undone = await undoOperation(project, id, { force, isDryRun: dry, signal, ...noteWait(ui) });
    if (options.json === true) ui.line(JSON.stringify(undoneJson(undone), null, 2));
    else await report(undone, dry, context);
  },
});

async function list(
  { repo }: Project,
  id: string | undefined,
  options: UndoOptions,
  { ui }: CommandContext,
): Promise<void> {
  const { listOperations } = await import("@waymark/experiments");
  const { toPrintable } = await import("../../render/display-text.ts");
  const all = await listOperations(repo);
  const operations = id === undefined ? all : all.filter((each) => each.id.startsWith(id) || each.id.endsWith(id));
  if (options.json === true) {
    ui.line(JSON.stringify(operations.map(operationJson), null, 2));
    return;
  }
  for (const operation of operations) {
    const state = operation.isUndone ? ui.style("dim", "  (undone)") : "";
    const time = formatTime(operation.timeMs);
    ui.line(`${ui.style("yellow", operation.id)}  ${time}  ${toPrintable(operation.summary)}${state}`);
  }
  if (operations.length === 0) ui.note("No operations here that could be undone.");
}

async function report(
  { operation, changes, paths, record }: UndoneOperation,
  isDry: boolean,
  { ui }: CommandContext,
): Promise<void> {
  const { toPrintable } = await import("../../render/display-text.ts");
  const what = toPrintable(operation.summary);
  if (record === undefined && !isDry) {
    ui.line(`'${what}' was undone already.`);
    return;
  }
  ui.line(`${isDry ? "Would undo" : "Undid"}: ${what}`);
  for (const line of describeChanges(changes)) ui.note(`  ${toPrintable(line)}`);
  for (const path of paths.slice(0, SHOWN)) ui.note(`  given back: ${toPrintable(path)}`);
  if (paths.length > SHOWN) ui.note(`  and ${paths.length - SHOWN} more files`);
  if (record !== undefined) ui.note(`To do it again: waymark exp undo ${record}`);
}

/** Names experiments once each, and says what became of them; their labels go with them. */
function describeChanges(changes: UndoneOperation["changes"]): string[] {
  const lines = changes.flatMap(({ ref, oldId, newId }) => {
    const [, space, head = "", tail = "", name] =
      /^refs\/(exps|waymark\/(?:tags|notes))\/([^/]+)\/([^/]+)\/(.+)$/u.exec(ref) ?? [];
    if (name === undefined) return [];
    const verb = newId === null ? "removed" : oldId === null ? "brought back" : "set back";
    const what = space === "exps" ? "" : space === "waymark/tags" ? "tags of " : "note of ";
    return [`${verb}: ${what}'${name}' of ${`${head}${tail}`.slice(0, 7)}`];
  });
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`] : lines;
}

/** The moment here, without seconds: ids have them. */
function formatTime(timeMs: number): string {
  const date = new Date(timeMs);
  const digits = (number: number): string => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${digits(date.getMonth() + 1)}-${digits(date.getDate())}`;
  return `${day} ${digits(date.getHours())}:${digits(date.getMinutes())}`;
}

function operationJson({ id, kind, summary, timeMs, isUndone, changes, undoes }: ListedOperation): object {
  const time = new Date(timeMs).toISOString();
  return { id, kind, summary, time, undone: isUndone, undoes: undoes ?? null, changes };
}

function undoneJson({ operation, changes, paths, record }: UndoneOperation): object {
  return { operation: operation.id, summary: operation.summary, changes, files: paths, undo: record ?? null };
}
