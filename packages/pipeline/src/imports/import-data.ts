import { editDvcFileContent } from "@waymark/core";
import type { DataProgress } from "@waymark/store";
import { sendContent } from "../data/add-elsewhere.ts";
import { storeFetched } from "../data/store-fetched.ts";
import { ImportOptionsError } from "./import-errors.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { planImport, type ImportPlan } from "./import-plan.ts";
import { fetchImport, storedAddress, withScratch } from "./import-source.ts";
import { ProjectEdit, type FinishedEdit } from "../project/project-edit.ts";
import { withChecksum } from "../repro/record-content.ts";
import type { TransferAccess } from "../remotes/transfer-access.ts";
import type { Mapping } from "../values/values.ts";
import { hashContent } from "../data/workspace-contents.ts";

/** Options that {@link importUrl} and {@link importRepo} share. */
export interface ImportOptions extends TransferAccess {
  /** Where the data is to be, relative to the current folder. Default: its own name, here. */
  readonly out?: string | undefined;
  /** Replaces what is there. Default false. */
  readonly isForced?: boolean;
  /**
   * `download` brings the data here; `hash-only` only records what it is; `nothing` asks for nothing; `to-remote` sends
   * it to a remote of this project. Default `download`.
   */
  readonly mode?: "download" | "hash-only" | "nothing" | "to-remote";
  /** Told how far putting into the cache what was fetched has come. */
  readonly onStoring?: ((progress: DataProgress) => void) | undefined;
  /** Told when the data is about to be fetched, and where it will be, relative to the project. */
  readonly onStart?: ((output: string) => void) | undefined;
}

/** Options of {@link importUrl}. */
export interface ImportUrlOptions extends ImportOptions {
  /** The remote of `to-remote`. Default: the default one. */
  readonly remote?: string | undefined;
  /** Settings for the URL, by the keys a remote has; they are recorded. */
  readonly settings?: ReadonlyMap<string, string> | undefined;
  /** Records the version that a bucket keeps, and does not push the data elsewhere. Default false. */
  readonly isVersionAware?: boolean;
}

/** Options of {@link importRepo}. */
export interface ImportRepoOptions extends ImportOptions {
  /** Branch, tag or commit. Default: the default branch, now. */
  readonly revision?: string | undefined;
  /** File of settings on top of the repository's own; it is recorded. */
  readonly configPath?: string | undefined;
  /** Remote of the repository to take data from; it is recorded. */
  readonly remote?: string | undefined;
  /** Settings of that remote; they are recorded. */
  readonly remoteSettings?: ReadonlyMap<string, string> | undefined;
}

/** What an import did. */
export interface Imported {
  /** Relative to the project. */
  readonly dvcFile: string;
  readonly output: string;
  readonly edit: FinishedEdit;
}

/**
 * Tracks a file or folder from a URL, with where it came from.
 *
 * @param url - A URL, or a path relative to the current folder.
 * @throws `TargetExistsError`, `CannotAddError`, `UrlMissingError`, errors of remotes.
 */
export async function importUrl(project: DvcProject, url: string, options: ImportUrlOptions = {}): Promise<Imported> {
  const { mode = "download", remote, settings = new Map<string, string>(), isVersionAware = false } = options;
  if (mode === "to-remote" && isVersionAware) throw new ImportOptionsError("'--version-aware'", "'--to-remote'");
  if (mode !== "to-remote" && remote !== undefined) throw new ImportOptionsError("'--remote'", undefined);
  const plan = await planImport(project, url, options.out, options.isForced ?? false);
  const fsConfig = { ...Object.fromEntries(settings), ...(isVersionAware ? { version_aware: true } : {}) };
  const entry: Mapping = {
    ...{ hash: "md5", path: storedAddress(project, url, plan.wdir) },
    ...(Object.keys(fsConfig).length === 0 ? {} : { fs_config: fsConfig }),
  };
  return importEntry(project, plan, entry, { ...options, mode });
}

/**
 * Tracks a file or folder of another repository, with the commit it came from.
 *
 * @param url - A folder relative to the current one, or an address that `git clone` takes.
 * @throws `TargetExistsError`, `CannotAddError`, `CloneError`, `ExternalPathError`, `ExternalDataError`
 */
export async function importRepo(
  project: DvcProject,
  url: string,
  path: string,
  options: ImportRepoOptions = {},
): Promise<Imported> {
  const { configPath, remote, remoteSettings, revision } = options;
  const hasSettings = remoteSettings !== undefined && remoteSettings.size > 0;
  if (configPath !== undefined && remote !== undefined && hasSettings) {
    throw new ImportOptionsError("'--config'", "both '--remote' and '--remote-config'");
  }
  const plan = await planImport(project, path, options.out, options.isForced ?? false);
  const named = hasSettings ? Object.fromEntries(remoteSettings) : undefined;
  const own =
    named !== undefined && remote !== undefined
      ? { config: { core: { remote }, remote: { [remote]: named } } }
      : {
          ...(configPath === undefined ? {} : { config: configPath }),
          ...(remote === undefined && named === undefined ? {} : { remote: remote ?? named }),
        };
  const repo = { url: storedAddress(project, url, ""), ...(revision === undefined ? {} : { rev: revision }), ...own };
  return importEntry(project, plan, { path: path.replace(/(?<=.)\/+$/u, ""), repo }, options);
}

async function importEntry(
  project: DvcProject,
  plan: ImportPlan,
  entry: Mapping,
  options: ImportOptions & { readonly remote?: string | undefined },
): Promise<Imported> {
  const { mode = "download", isForced = false } = options;
  const out = (content: Mapping, dep: Mapping = {}): Mapping => ({
    ...{ ...content, hash: "md5", path: plan.text },
    // The bucket keeps this version itself.
    ...(dep["version_id"] === undefined ? {} : { push: false }),
  });
  if (mode === "nothing") return record(project, plan, { dep: entry, out: out({}), isIdentified: false });
  options.onStart?.(plan.output);
  return withScratch(project, async (scratch) => {
    const isDownloading = mode !== "hash-only";
    const fetched = await fetchImport(project, entry, plan.wdir, scratch, {
      ...options,
      revision: undefined,
      isDownloading,
    });
    if (fetched.place === undefined) return record(project, plan, { dep: fetched.entry, out: out({}) });
    if (mode === "to-remote") {
      const content = await hashContent(project, fetched.place, false, { signal: options.signal });
      await sendContent(project, fetched.place, content, scratch, options);
      return record(project, plan, { dep: fetched.entry, out: out(contentEntry(content)) });
    }
    const content = await storeFetched(project, fetched.place, plan.output, {
      ...{ isReplacing: isForced, signal: options.signal, onProgress: options.onStoring },
    });
    return record(project, plan, { dep: fetched.entry, out: out(contentEntry(content), fetched.entry) });
  });
}

/** Describes content as an output's entry of a `.dvc` file has it; DVC keeps no mode of imported files. */
export function contentEntry(content: {
  readonly md5: string;
  readonly sizeBytes: number;
  readonly fileCount: number | undefined;
}): Mapping {
  return { md5: content.md5, size: content.sizeBytes, nfiles: content.fileCount };
}

function record(
  project: DvcProject,
  plan: ImportPlan,
  what: { readonly dep: Mapping; readonly out: Mapping; readonly isIdentified?: boolean },
): Imported {
  const edit = new ProjectEdit(project);
  const content = { frozen: true, deps: [what.dep], outs: [what.out] };
  const full = what.isIdentified === false ? content : withChecksum(content);
  edit.write(plan.dvcFile, editDvcFileContent(edit.read(plan.dvcFile), full));
  edit.ignore(plan.output);
  edit.apply();
  return { dvcFile: plan.dvcFile, output: plan.output, edit: edit.finish() };
}
