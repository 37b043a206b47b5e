import type { CheckedOut } from "@waymark/pipeline";
import { CommandError } from "../command-error.ts";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";
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
    const { showData } = await import("../data-progress.ts");
    const { printCheckedOut } = await import("../render/checked-out.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const work = async (): Promise<CheckedOut> =>
      checkoutProject(project, {
        targets: args,
        withDeps: options.withDeps ?? false,
        isRecursive: options.recursive ?? false,
        force: options.force ?? false,
        relink: options.relink ?? false,
        signal,
        onProgress: showData(ui, "Checking out"),
      });
    const done = await clearingProgress(ui, async () => withProjectLock(project, work));
    if (options.summary === true) ui.line(summarize(done) || "No changes.");
    else printCheckedOut(ui, done, project.folder);
    if (done.missing.length > 0 && options.allowMissing !== true) {
      throw new CommandError(
        255,
        `The cache lacks the data of\n${done.missing.map((path) => `  ${toPrintable(relativeTo(project.folder, path))}`).join("\n")}`,
        "Fetch it with `waymark pull`, or push it from the machine that has it.",
      );
    }
    if (options.relink === true) ui.line("Relinked successfully");
  },
});

const KINDS = ["modified", "added", "deleted"] as const;

/** As DVC says it: 2 files modified, 1 file added and 3 files deleted. */
function summarize(done: CheckedOut): string {
  const parts = KINDS.flatMap((kind) => {
    const count = done.files[kind];
    return count === 0 ? [] : [`${count} file${count > 1 ? "s" : ""} ${kind}`];
  });
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}
