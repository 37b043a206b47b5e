import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { noteWait } from "../../note-wait.ts";

interface MigrateOptions {
  readonly dvcFiles?: boolean;
  readonly dry?: boolean;
}

export const command = defineCommand<MigrateOptions>({
  summary: "Give objects of DVC 2 their place in the cache of today",
  details:
    "The old names stay, and share the files. With --dvc-files, what records the data is brought up to date, too.",
  options: [
    { flags: "--dvc-files", description: "record data that DVC 2 recorded anew, in .dvc files and dvc.lock" },
    { flags: "--dry", description: "say what would be done, and do nothing" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { listLegacyObjects, migrateCache, migrateRecords, openDvcProject, relativeTo, withProjectLock } =
      await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../../note-git-add.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const isDry = options.dry ?? false;
    await withProjectLock(project, async () => {
      if (isDry) {
        const { length } = listLegacyObjects(project);
        ui.line(`${length} files will be re-hashed and migrated to the DVC 3.0 cache location.`);
      } else {
        ui.line(`Migrated ${await migrateCache(project, signal)} files to DVC 3.0 cache location.`);
      }
      if (options.dvcFiles !== true) return;
      const { files, edits } = await migrateRecords(project, { isDry, signal });
      if (files.length === 0) ui.line("No DVC files in the repo to migrate to the 3.0 format.");
      else if (isDry) ui.line("Entries in following DVC files will be migrated to the 3.0 format:");
      for (const file of files) {
        const seen = toPrintable(relativeTo(project.folder, file));
        ui.line(isDry ? `\t${seen}` : `Updated '${seen}'`);
      }
      for (const edit of edits) noteGitAdd(ui, project, edit);
    });
  },
});
