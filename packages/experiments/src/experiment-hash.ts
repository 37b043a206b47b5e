import { createHash } from "node:crypto";
import { formatCompactPythonJson, parseYaml } from "@waymark/core";

/** A lock file, for {@link hashStages}. */
export interface LockText {
  /** For errors. */
  readonly file: string;
  readonly text: string;
}

/**
 * Hashes stages as DVC does: the JSON of their entries in lock files by their bare names, keys sorted.
 *
 * @param isMeant - Chooses stages by name. Default: all of them.
 * @returns `undefined` when there are none, for which DVC hashes an empty mapping.
 */
export function hashStages(
  locks: readonly LockText[],
  isMeant: (name: string, file: string) => boolean = () => true,
): string | undefined {
  const recorded: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { file, text } of locks) {
    const content = parseYaml(text, { path: file, keepNumberKinds: true }) as {
      stages?: Record<string, unknown>;
    } | null;
    for (const [name, entry] of Object.entries(content?.stages ?? {})) if (isMeant(name, file)) recorded[name] = entry;
  }
  if (Object.keys(recorded).length === 0) return undefined;
  const json = formatCompactPythonJson({ ...recorded }, { sortKeys: true });
  return createHash("sha256").update(json).digest("hex");
}
