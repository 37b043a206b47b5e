import { formatCompactPythonJson } from "@waymark/core";
import { hashBytes } from "@waymark/store";
import type { UrlEntry, UrlSource } from "@waymark/store/remotes";
import type { DvcProject } from "../project/dvc-project.ts";
import { compareCodePoints } from "./external-view.ts";
import type { Mapping } from "../values/values.ts";
import { hashContent } from "../data/workspace-contents.ts";

/** What {@link describeUrl} has to go by. */
export interface DescribeUrlOptions {
  /** Where its bytes are on this machine, absolute; needed where only they tell its hash. */
  readonly place: string | undefined;
  /** Records the version that a bucket keeps. */
  readonly isVersioned: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Describes what a URL leads to as DVC records it of a dependency: an MD5 for folders of this machine and SSH, else the
 * ETag or checksum of the server; of a folder there the MD5 of the list of them.
 */
export async function describeUrl(
  project: DvcProject,
  source: UrlSource,
  found: UrlEntry,
  options: DescribeUrlOptions,
): Promise<Mapping> {
  const { place, isVersioned, signal } = options;
  const { hashKind } = source;
  if (hashKind === "md5" || (!found.isFolder && found.hash === undefined)) {
    if (place === undefined) return { size: found.sizeBytes };
    const content = await hashContent(project, place, false, { signal });
    return {
      // A server that tells nothing leaves the bytes to tell whether they changed.
      [hashKind]: content.md5,
      size: content.sizeBytes,
      nfiles: content.fileCount,
      isexec: found.isExecutable && !found.isFolder ? true : undefined,
    };
  }
  if (!found.isFolder) {
    const version = isVersioned ? found.versionId : undefined;
    return { [hashKind]: found.hash, size: found.sizeBytes, version_id: version };
  }
  const files: UrlEntry[] = [];
  for await (const file of source.walk("", signal)) files.push(file);
  files.sort((a, b) => compareCodePoints(a.path, b.path));
  const list = files.map(({ path, hash }) => ({ [hashKind]: hash ?? "", relpath: path }));
  return {
    md5: `${hashBytes(Buffer.from(formatCompactPythonJson(list, { sortKeys: true }))).md5}.dir`,
    size: files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
    nfiles: files.length,
  };
}
