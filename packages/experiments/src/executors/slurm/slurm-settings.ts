import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { absoluteRemoteUrl, type GitRepository } from "@waymark/git";
import { SlurmSettingError } from "./errors.ts";
import type { SlurmCarrier } from "./submission.ts";
import { splitWords } from "./words.ts";

/** Settings of Git, in the user's own configuration: they are in no commit. */
export const SLURM_SETTINGS = {
  /** Git remote that carries code and results, where nodes do not see the project: a name, a path or a URL. */
  remote: "waymark.slurmremote",
  /** Folder for bundles that carry them, which both sides see. */
  bundles: "waymark.slurmbundles",
  /** What starts Waymark on a node, where that is not where it is here. */
  program: "waymark.slurmprogram",
  /** Options for sbatch that every submission begins with; may be set several times. */
  sbatch: "waymark.sbatch",
} as const;

/** How this project uses Slurm. */
export interface SlurmSettings {
  readonly carrier: SlurmCarrier;
  /** `undefined`: as here. */
  readonly program: readonly string[] | undefined;
  readonly sbatch: readonly string[];
}

/**
 * Reads how a project uses Slurm. Without any setting, nodes see the project where it is.
 *
 * @throws {@link SlurmSettingError}, `InvalidGitRemoteError`.
 */
export function readSlurmSettings(repo: GitRepository): SlurmSettings {
  const { config, configEntries, env } = repo;
  const remote = config.get(SLURM_SETTINGS.remote);
  const bundles = config.get(SLURM_SETTINGS.bundles);
  const program = config.get(SLURM_SETTINGS.program);
  if (remote !== undefined && bundles !== undefined) {
    throw new SlurmSettingError("waymark.slurmRemote and waymark.slurmBundles are both set", "Unset one of them.");
  }
  return {
    carrier: readCarrier(repo, remote, bundles === undefined ? undefined : expandHome(bundles, env)),
    program: program === undefined ? undefined : readProgram(program),
    sbatch: configEntries.flatMap(([key, value]) => (key === SLURM_SETTINGS.sbatch ? [value] : [])),
  };
}

function readCarrier(repo: GitRepository, remote: string | undefined, bundles: string | undefined): SlurmCarrier {
  if (remote !== undefined) return { kind: "remote", url: absoluteRemoteUrl(repo, remote) };
  if (bundles === undefined) return { kind: "shared" };
  if (isAbsolute(bundles)) return { kind: "bundle", folder: bundles };
  throw new SlurmSettingError(`waymark.slurmBundles is no absolute path: ${bundles}`, "Both sides have to find it.");
}

function readProgram(text: string): readonly string[] {
  const words = splitWords(text);
  if (words.length > 0) return words;
  throw new SlurmSettingError("waymark.slurmProgram is empty", "Name the program, such as `/opt/waymark/bin/waymark`.");
}

function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  return path.startsWith("~/") ? join(env["HOME"] ?? homedir(), path.slice(2)) : path;
}
