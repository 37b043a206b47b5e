import { closeSync, openSync, readSync } from "node:fs";
import { compareCodePoints, type DvcLockEntry } from "@waymark/core";
import type { JobOptions } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage, StageOutput } from "../project/project.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import { stageAddress } from "../project/stage-address.ts";
import { absolutePath, kindAt, lockEntryOf } from "./stage-content.ts";
import { MissingOutputError, OutputRefusedError } from "./stage-errors.ts";
import { isInside } from "./stage-git.ts";
import { hashContent } from "../data/workspace-contents.ts";

/** Options of {@link saveOutputs}. */
export interface SaveOutputsOptions extends JobOptions {
  /** Puts cached outputs into the cache. Otherwise they are only hashed. */
  readonly isCommitting: boolean;
  /** What went into the cache shares its bytes with it again, as configured. Default `true`. */
  readonly isRelinking?: boolean;
  /** An output that is not there keeps what is recorded of it, if anything. Default `false`: it is an error. */
  readonly allowMissing?: boolean;
  /** Also puts outputs into the cache that are not cached, for the run cache to give them back. Default `false`. */
  readonly isKeepingUncached?: boolean;
  /**
   * Only what lies at this path, an output or a place in one, is stored; all else is recorded as it is, as DVC does.
   * Relative to the project. Default: everything.
   */
  readonly onlyPath?: string | undefined;
}

const PROBE_BYTES = 512;
const MAX_ODD_SHARE = 0.3;

/**
 * Hashes the outputs of a stage, stores them, and says how dvc.lock records them.
 *
 * @throws {@link MissingOutputError}, {@link OutputRefusedError}, and what the store throws.
 */
export async function saveOutputs(
  project: DvcProject,
  stage: ProjectStage,
  options: SaveOutputsOptions,
): Promise<readonly DvcLockEntry[]> {
  const entries: DvcLockEntry[] = [];
  for (const out of stage.outs.toSorted((a, b) => compareCodePoints(a.text, b.text))) {
    options.signal?.throwIfAborted();
    const entry = await saveOutput(project, stage, out, options);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

async function saveOutput(
  project: DvcProject,
  stage: ProjectStage,
  out: StageOutput,
  options: SaveOutputsOptions,
): Promise<DvcLockEntry | undefined> {
  const address = stageAddress(stage, project.folder);
  requireLocal(address, out);
  const path = absolutePath(project, out.path);
  const kind = kindAt(path);
  if (kind === undefined) {
    if (options.allowMissing === true) return out.recorded;
    throw new MissingOutputError(address, out.path);
  }
  if (kind === "other")
    throw refused(address, out, "it is neither a file nor a folder", "Let the command write a file.");
  if (out.role === "metric" && kind === "file" && !looksLikeText(path)) {
    throw refused(address, out, "it is no text, and metrics are read from text", "List it under `outs`.");
  }
  const { signal, onProgress } = options;
  if (out.isLegacy && out.recorded !== undefined && project.cache.has(out.hash ?? "")) {
    const legacy = await hashContent(project, path, true, { signal, onProgress });
    if (legacy.md5 === out.hash) return out.recorded;
  }
  const { onlyPath } = options;
  const isStored = options.isCommitting && out.isCached && (onlyPath === undefined || isAtOrBelow(onlyPath, out.path));
  const isKept = options.isKeepingUncached === true && !out.isCached && isInside(out.path);
  if (!isStored && !isKept)
    return lockEntryOf(out.text, await hashContent(project, path, false, { signal, onProgress }));
  const isRelinking = isStored && (options.isRelinking ?? true);
  const isPart = isStored && onlyPath !== undefined && onlyPath !== out.path && kind === "folder";
  const part = isPart ? onlyPath.slice(out.path.length + 1) : undefined;
  const content = await project.store.add(path, { signal, onProgress, relink: isRelinking, part });
  return lockEntryOf(out.text, content);
}

/**
 * Refuses what could not be recorded however it turns out, best before a command runs for hours.
 *
 * @param address - The stage, for the error.
 * @throws {@link OutputRefusedError}
 */
export function requireLocal(address: string, out: StageOutput): void {
  if (out.path.includes("://")) {
    throw refused(address, out, "it lies at a URL", "Let the command write a file of this machine.");
  }
  if (out.isCached && !isInside(out.path)) {
    throw refused(address, out, "it is outside of the project", "Give it `cache: false`, or import it.");
  }
}

function refused(address: string, out: StageOutput, reason: string, hint: string): OutputRefusedError {
  return new OutputRefusedError(address, out.path, reason, hint);
}

/** As DVC tells text from data: no NUL at the beginning, and little that text does not hold. */
function looksLikeText(path: string): boolean {
  const probe = Buffer.alloc(PROBE_BYTES);
  const descriptor = openSync(path, "r");
  try {
    const bytes = probe.subarray(0, readSync(descriptor, probe, 0, PROBE_BYTES, 0));
    const odd = bytes.filter((byte) => !((byte >= 0x20 && byte < 0x7f) || [8, 9, 10, 12, 13].includes(byte)));
    return !bytes.includes(0) && odd.length <= bytes.length * MAX_ODD_SHARE;
  } finally {
    closeSync(descriptor);
  }
}
