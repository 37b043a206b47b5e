import { posix } from "node:path";
import { editDvcFileContent, formatDvcFileIdentity, parseDvcFileContent, type DvcFileContent } from "@waymark/core";
import { hashBytes, type CachedContent } from "@waymark/store";
import type { ProjectEdit } from "../project/project-edit.ts";

/** Where content is recorded. Paths are relative to the project. */
export interface ContentPlace {
  readonly output: string;
  readonly dvcFile: string;
  /** The output as the file names it so far; `undefined` when it does not. */
  readonly known: { readonly out: { readonly text: string } } | undefined;
}

/** Plans the `.dvc` file that records content, and the entry in `.gitignore` that goes with it. */
export function recordContent(edit: ProjectEdit, place: ContentPlace, content: CachedContent): void {
  const { dvcFile, known, output } = place;
  const text = edit.read(dvcFile);
  const path = known?.out.text ?? posix.basename(output);
  const before = text === undefined ? {} : parseDvcFileContent(text, { path: dvcFile });
  const entries = listOf(before["outs"]);
  const entry = entries.find((each) => each["path"] === path);
  const updated = { ...entry, ...entryOf(content), path };
  const outs = entry === undefined ? [...entries, updated] : entries.map((each) => (each === entry ? updated : each));
  edit.write(dvcFile, editDvcFileContent(text, withChecksum({ ...before, outs })));
  edit.ignore(output);
}

/** Gives a `.dvc` file of imported data the checksum that belongs to it; one that was added has none. */
export function withChecksum(content: DvcFileContent): DvcFileContent {
  if (content["md5"] === undefined && listOf(content["deps"]).length === 0) return content;
  return { ...content, md5: hashBytes(Buffer.from(formatDvcFileIdentity(content))).md5 };
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : [];
}

function entryOf(content: CachedContent): Record<string, unknown> {
  return {
    md5: content.md5,
    size: content.sizeBytes,
    nfiles: content.fileCount,
    isexec: content.isExecutable ? true : undefined,
    hash: "md5",
    // What a remote said of an earlier version.
    ...{ etag: undefined, checksum: undefined, version_id: undefined, files: undefined, cloud: undefined },
  };
}
