import type { CommandContext } from "./command.ts";
import { remoteScope, type RemoteOptions } from "./remote-options.ts";

/** Prints how the cache compares with a remote, as `dvc status --cloud` does; the exit code. */
export async function printCloudStatus(
  targets: readonly string[],
  options: RemoteOptions & { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const { collectCloudStatus, openDvcProject } = await import("@waymark/pipeline");
  const { toPrintable } = await import("./render/display-text.ts");
  const { warnOfSkipped } = await import("./render/transfer-report.ts");
  const { cwd, env, isQuiet, ui } = context;
  const project = openDvcProject(cwd, env);
  const scope = await remoteScope(targets, options, context, "Comparing");
  const { differences, remote, skipped } = await collectCloudStatus(project, scope);
  warnOfSkipped(ui, skipped);
  if (options.json === true) {
    const { formatCompactPythonJson } = await import("@waymark/core");
    ui.line(formatCompactPythonJson(new Map(differences.map(({ path, word }) => [path, word]))));
    return 0;
  }
  if (isQuiet) return differences.length > 0 ? 1 : 0;
  for (const { path, word } of differences) ui.line(`\t${`${word}:`.padEnd(20)}${toPrintable(path)}`);
  if (differences.length === 0) ui.line(`Cache and remote '${toPrintable(remote)}' are in sync.`);
  return 0;
}
