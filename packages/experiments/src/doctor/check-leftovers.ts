import { readdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isErrno, processState } from "@waymark/files";
import { stateFolder } from "../project.ts";
import { ageMs } from "./dvc-runs.ts";
import type { Check, Finding } from "./finding.ts";

/** Nobody needs a day to write one file. */
const DAY_MS = 24 * 3600 * 1000;

/** Files that were being written when their writers were killed. All of them are whole elsewhere, or were never finished. */
export const checkLeftovers: Check = ({ project, nowMs, dvc }) => {
  const { repo } = project;
  const isOld = (path: string): boolean => (ageMs(path, nowMs) ?? 0) >= DAY_MS;
  const objects = join(repo.commonDir, "objects");
  const places: readonly { readonly what: string; readonly paths: readonly string[] }[] = [
    {
      what: "unfinished Git objects and packs",
      paths: [...folders(objects, /^(?:[0-9a-f]{2}|pack)$/u), objects]
        .flatMap((folder) => files(folder, /^(?:tmp_|\.tmp-)/u))
        .filter(isOld),
    },
    { what: "private copies of the index", paths: files(join(repo.gitDir, "waymark"), /^index-/u).filter(isOld) },
    { what: "lists of refs to push", paths: files(join(repo.gitDir, "waymark"), /^push-/u).filter(isOld) },
    {
      what: "notes of changes of refs",
      paths: files(join(repo.commonDir, "waymark", "ref-changes"), /\.json$/u).filter(isOld),
    },
    {
      what: "files on their way into the workspace",
      paths: [
        ...files(stateFolder(project), /^write-\d+-/u).filter((path) => isOld(path) && !isWriterAlive(path)),
        ...files(join(stateFolder(project), "scratch"), /./u).filter(isOld),
      ],
    },
    {
      what: "unfinished objects of the cache",
      paths:
        dvc === undefined
          ? []
          : folders(join(dvc.cache.cacheDir, "files", "md5"), /^[0-9a-f]{2}$/u)
              .flatMap((folder) => files(folder, /^\..+\.tmp$/u))
              .filter(isOld),
    },
    { what: "trials of links", paths: files(dvc?.cache.cacheDir ?? "", /^\.waymark-links-/u).filter(isOld) },
  ];
  return places.flatMap(({ what, paths }): readonly Finding[] => {
    if (paths.length === 0) return [];
    const bytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
    return [
      {
        check: "leftover-files",
        severity: "leftover",
        what: `${paths.length} ${what} (${formatBytes(bytes)}), such as '${paths[0] ?? ""}'.`,
        why: "The commands that wrote them were killed. Nothing reads them, and they take space.",
        repair: "They are deleted.",
        fix: () => {
          for (const path of paths) rmSync(path, { recursive: true, force: true });
        },
      },
    ];
  });
};

function isWriterAlive(path: string): boolean {
  const pid = Number(/write-(\d+)-/u.exec(path)?.[1]);
  return processState({ pid, host: hostname(), processStart: null, bootId: null }) !== "dead";
}

function files(folder: string, pattern: RegExp): readonly string[] {
  if (folder === "") return [];
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .map((name) => join(folder, name));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}

function folders(folder: string, pattern: RegExp): readonly string[] {
  return files(folder, pattern);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
