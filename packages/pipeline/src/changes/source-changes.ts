import type { DvcProject } from "../project/dvc-project.ts";
import { openExternalRepo } from "../imports/external-repo.ts";
import { withUrl } from "../imports/get-url.ts";
import { recordedHash } from "../project/recorded.ts";
import { describeUrl } from "../imports/url-dependency.ts";
import type { Mapping } from "../values/values.ts";

/** What a URL answers when it is asked what lies there. */
export interface UrlAnswer {
  readonly isThere: boolean;
  /** `undefined` when only all of its bytes would tell. */
  readonly hash: string | undefined;
}

/**
 * Asks a server for the hash of what lies at a URL, without fetching it.
 *
 * @throws Errors of remotes.
 */
export function askUrl(project: DvcProject, url: string): Promise<UrlAnswer> {
  return withUrl(url, { cwd: project.root, env: project.env }, async (source) => {
    const found = await source.stat();
    if (found === undefined) return { isThere: false, hash: undefined };
    const described = await describeUrl(project, source, found, { place: undefined, isVersioned: false });
    return { isThere: true, hash: recordedHash(described).hash ?? undefined };
  });
}

/**
 * Tells whether the repository that data was imported from has moved on: its branch, or the revision that was asked
 * for, is at another commit than the one that is recorded.
 *
 * @param repo - The mapping `repo` of a `.dvc` file.
 * @throws As `openExternalRepo`.
 */
export async function hasMovedOn(project: DvcProject, repo: Mapping): Promise<boolean> {
  const { url, rev, rev_lock: locked } = repo;
  if (typeof url !== "string") return false;
  const revision = typeof rev === "string" ? { revision: rev } : {};
  const opened = await openExternalRepo(url, { cwd: project.root, env: project.env, isCommitted: true, ...revision });
  try {
    return opened.commit !== locked;
  } finally {
    await opened.close();
  }
}
