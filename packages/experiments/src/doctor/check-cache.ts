import { existsSync } from "node:fs";
import { collectUsedObjects, loadProject, selectOutputs } from "@waymark/pipeline";
import { TrackerError } from "@waymark/core";
import { findLinkSupport } from "@waymark/store";
import type { Check, Finding } from "./finding.ts";

/** The cache: how it can be linked to, and whether what the workspace records is in it. */
export const checkCache: Check = async ({ dvc }) => {
  if (dvc === undefined || !existsSync(dvc.cache.cacheDir)) return [];
  const findings: Finding[] = [];
  const supported = [...findLinkSupport(dvc.cache.cacheDir, dvc.root), "copy"];
  const { linkTypes } = dvc.config;
  const used = linkTypes.find((type) => supported.includes(type)) ?? "copy";
  // Unless told otherwise, files are copied where they cannot be cloned: nobody need be told.
  const isDefault = linkTypes.join() === "reflink,copy";
  const [first] = linkTypes;
  if (!isDefault && first !== undefined && first !== used) {
    findings.push({
      check: "cache-links",
      severity: "note",
      what: `Files are brought into the workspace by ${used}; ${first} does not work between the cache and the workspace.`,
      why: "They are on different file systems, or theirs has no such links. A copy takes the space twice.",
      repair: "Choose what works with `waymark config cache.type`, or put the cache on the same file system.",
    });
  }
  try {
    const { stages } = await loadProject(dvc);
    const { groups } = collectUsedObjects(dvc.cache, selectOutputs(dvc, stages, []));
    const contents = groups.flatMap((group) => group.contents);
    const missing = contents.filter((content) => {
      return (
        content.isIncomplete || [content.md5, ...content.files.map(({ md5 }) => md5)].some((md5) => !dvc.cache.has(md5))
      );
    });
    if (missing.length > 0) {
      findings.push({
        check: "missing-data",
        severity: "note",
        what: `Data of ${missing.length} of ${contents.length} outputs is not in the cache, such as '${missing[0]?.path ?? ""}'.`,
        why: "It was never fetched, or was removed. The workspace cannot be restored from here.",
        repair: "`waymark fetch` brings what a remote has.",
      });
    }
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    findings.push({
      check: "project-files",
      severity: "error",
      what: `${error.message.split("\n")[0] ?? ""}.`,
      why: "Stages and data of the project cannot be read.",
      repair: error.hint ?? "Mend the file.",
    });
  }
  return findings;
};
