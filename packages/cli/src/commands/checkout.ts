import type { CheckedOut } from "@waymark/pipeline";
import { CommandError } from "../command-error.ts";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";
import type { Style, Ui } from "../ui.ts";
import { noteWait } from "../note-wait.ts";

interface CheckoutOptions {
  readonly summary?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly relink?: boolean;
  readonly allowMissing?: boolean;
}

export const command = defineCommand<CheckoutOptions>({
  summary: "Put data from the cache into the workspace",
  details: "Makes every tracked file what the .dvc files and dvc.lock say. Files that are nowhere else stop it.",
  arguments: [{ name: "[target...]", description: "tracked files and folders, .dvc files and stages (default: all)" }],
  options: [
    { flags: "--summary", description: "print how many files changed instead of which" },
    { flags: "-d, --with-deps", description: "with stages: everything they depend on, too" },
    { flags: "-R, --recursive", description: "folders stand for all that is defined in them" },
    { flags: "-f, --force", description: "replace and remove files that are nowhere else" },
    { flags: "--relink", description: "link the files to the cache anew, as configured" },
    { flags: "--allow-missing", description: "succeed when the cache lacks data" },
  ],
  examples: [
    { line: "waymark checkout", does: "after `git checkout`: the data that belongs to the commit" },
    { line: "waymark checkout data/labels", does: "a part of a tracked folder" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { checkoutProject, openDvcProject, relativeTo, withProjectLock } = await import("@waymark/pipeline");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const done = await withProjectLock(project, async () =>
      checkoutProject(project, {
        targets: args,
        withDeps: options.withDeps ?? false,
        isRecursive: options.recursive ?? false,
        force: options.force ?? false,
        relink: options.relink ?? false,
        signal,
      }),
    );
    const seen = (path: string): string => {
      return toPrintable(relativeTo(project.folder, path.replace(/\/$/u, "")) + (path.endsWith("/") ? "/" : ""));
    };
    if (options.summary === true) ui.line(summarize(done) || "No changes.");
    else printChanges(ui, done, seen);
    if (done.missing.length > 0 && options.allowMissing !== true) {
      throw new CommandError(
        255,
        `The cache lacks the data of\n${done.missing.map((path) => `  ${seen(path)}`).join("\n")}`,
        "Fetch it with `waymark pull`, or push it from the machine that has it.",
      );
    }
    if (options.relink === true) ui.line("Relinked successfully");
  },
});

const KINDS: readonly (readonly ["modified" | "added" | "deleted", Style])[] = [
  ["modified", "yellow"],
  ["added", "green"],
  ["deleted", "red"],
];

function printChanges(ui: Ui, done: CheckedOut, seen: (path: string) => string): void {
  for (const [kind, style] of KINDS) {
    for (const path of done[kind]) ui.line(`${ui.style(style, kind.charAt(0).toUpperCase())}\t${seen(path)}`);
  }
}

/** As DVC says it: 2 files modified, 1 file added and 3 files deleted. */
function summarize(done: CheckedOut): string {
  const parts = KINDS.flatMap(([kind]) => {
    const count = done.files[kind];
    return count === 0 ? [] : [`${count} file${count > 1 ? "s" : ""} ${kind}`];
  });
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
