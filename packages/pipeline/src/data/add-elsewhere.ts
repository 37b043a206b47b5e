import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix, resolve } from "node:path";
import { formatDirectory, readConfig, remoteConfig, urlConfig, type JobOptions } from "@waymark/store";
import { forEachLimited, isUrl, openRemote, openUrl, defaultJobs, type ObjectRemote } from "@waymark/store/remotes";
import { recordAdditions, type Added } from "./add.ts";
import { CannotAddError } from "./add-errors.ts";
import { planAdditions, toProjectPath } from "./add-plan.ts";
import { loadProject, type DvcProject } from "../project/dvc-project.ts";
import { storeFetched } from "./store-fetched.ts";
import { hashContent, type WorkspaceContent } from "./workspace-contents.ts";

/** Options of {@link addFromElsewhere}. */
export interface AddFromElsewhereOptions extends JobOptions {
  /** Where the data is to be, relative to the current folder. Default: a path of this project stays, others come here. */
  readonly out?: string | undefined;
  /** Sends the data to a remote and keeps nothing here. Default `false`. */
  readonly toRemote?: boolean;
  /** The remote; `undefined`: the default one. */
  readonly remote?: string | undefined;
  /** Transfers at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  /** Replaces what is there. Default `false`. */
  readonly force?: boolean;
}

/**
 * Tracks data from a path or URL that need not be in the project: copies it to where it is to be, or, with `toRemote`,
 * sends it to a remote and records it as data that is not here.
 *
 * @param source - As typed: a URL, or a path relative to the current folder.
 * @throws `CannotAddError`, errors of the store and of remotes.
 */
export async function addFromElsewhere(
  project: DvcProject,
  source: string,
  options: AddFromElsewhereOptions = {},
): Promise<Added> {
  const out = chooseOutput(project, source, options);
  const { stages } = await loadProject(project);
  const [addition] = planAdditions(project, stages, [out], { isElsewhere: true });
  if (addition === undefined) throw new CannotAddError(source, "there is nothing to add", "Name a file or a folder.");
  if (addition.path !== addition.output) {
    throw new CannotAddError(source, `'${out}' lies in tracked data`, "Put it there yourself, then `waymark add` it.");
  }
  const target = join(project.root, addition.path);
  const isTaken = existsSync(target) && resolve(project.root, project.folder, source) !== target;
  if (isTaken && options.force !== true) {
    throw new CannotAddError(source, `'${out}' exists already`, "Pass `--force` to replace it.");
  }
  const scratch = makeScratch(project);
  try {
    if (options.toRemote === true) {
      const place = isUrl(source) ? await download(project, source, scratch, options) : localPath(project, source);
      const content = await hashContent(project, place, false, options);
      await sendContent(project, place, content, scratch, options);
      return await recordAdditions(project, [addition], () => Promise.resolve(content));
    }
    const fetched = isUrl(source)
      ? await download(project, source, scratch, options)
      : copyToScratch(project, source, scratch);
    return await recordAdditions(project, [addition], async () =>
      storeFetched(project, fetched, addition.path, { ...options, isReplacing: true }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** As `cp` does: into a folder that is there, or under the name itself. */
function chooseOutput(project: DvcProject, source: string, options: AddFromElsewhereOptions): string {
  const name = isUrl(source) ? posix.basename(new URL(source).pathname) : basename(localPath(project, source));
  const { out } = options;
  if (out === undefined) {
    const isHere = !isUrl(source) && toProjectPath(project, source) !== undefined;
    return isHere ? source : name;
  }
  const stats = statSync(resolve(project.root, project.folder, out), { throwIfNoEntry: false });
  return out.endsWith("/") || stats?.isDirectory() === true ? posix.join(out, name) : out;
}

function localPath(project: DvcProject, source: string): string {
  const path = resolve(project.root, project.folder, source);
  if (!existsSync(path)) throw new CannotAddError(source, "it does not exist", "Paths are relative to where you are.");
  return path;
}

/** Beside the project's other temporary files, on the file system the data is to be on. */
function makeScratch(project: DvcProject): string {
  const folder = join(project.dvcDir, "tmp", "waymark");
  mkdirSync(folder, { recursive: true });
  return mkdtempSync(join(folder, "add-"));
}

function copyToScratch(project: DvcProject, source: string, scratch: string): string {
  const copy = join(scratch, "data");
  cpSync(localPath(project, source), copy, { recursive: true, dereference: true, preserveTimestamps: true });
  return copy;
}

async function download(
  project: DvcProject,
  source: string,
  scratch: string,
  options: AddFromElsewhereOptions,
): Promise<string> {
  const copy = join(scratch, "data");
  const config = readConfig(project.dvcDir, project.env);
  const place = await openUrl(urlConfig(config, source, project.root), { env: project.env });
  try {
    const found = await place.stat("", options.signal);
    if (found === undefined) throw new CannotAddError(source, "there is nothing at it", "Check the URL.");
    if (!found.isFolder) {
      await place.download("", copy, { signal: options.signal });
      return copy;
    }
    const files: string[] = [];
    for await (const file of place.walk("", options.signal)) files.push(file.path);
    await forEachLimited(files, options.jobs ?? defaultJobs(), async (path) => {
      const file = join(copy, path);
      mkdirSync(dirname(file), { recursive: true });
      await place.download(path, file, { signal: options.signal });
    });
    mkdirSync(copy, { recursive: true });
    return copy;
  } finally {
    await place.close();
  }
}

/**
 * Sends content that lies outside of the cache to a remote: files first, then the manifest of a folder.
 *
 * @param place - Where the file or folder is, absolute.
 * @param scratch - A folder for temporary files, absolute.
 */
export async function sendContent(
  project: DvcProject,
  place: string,
  content: WorkspaceContent,
  scratch: string,
  options: Pick<AddFromElsewhereOptions, "remote" | "jobs" | "signal">,
): Promise<void> {
  const config = readConfig(project.dvcDir, project.env);
  const remote = await openRemote(remoteConfig(config, options.remote), project.env);
  try {
    if (content.manifest === undefined) {
      await upload(remote, [[content.md5, place]], options);
      return;
    }
    const files = new Map(content.manifest.map(({ md5, relpath }) => [md5, join(place, relpath)]));
    await upload(remote, [...files], options);
    // Last: where a manifest is, its files are.
    const manifest = join(scratch, content.md5);
    writeFileSync(manifest, formatDirectory(content.manifest));
    await upload(remote, [[content.md5, manifest]], options);
  } finally {
    await remote.close();
  }
}

async function upload(
  remote: ObjectRemote,
  objects: readonly (readonly [name: string, file: string])[],
  { jobs, signal }: Pick<AddFromElsewhereOptions, "jobs" | "signal">,
): Promise<void> {
  const present = await remote.has(
    objects.map(([name]) => name),
    { jobs, signal },
  );
  const missing = objects.filter(([name]) => !present.has(name));
  await forEachLimited(missing, jobs ?? remote.jobs ?? defaultJobs(), async ([name, file]) => {
    await remote.upload(name, file, { signal });
  });
}
