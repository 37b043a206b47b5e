import {
  type GitObject,
  type GitRef,
  type GitRepository,
  listRefs,
  ObjectReader,
  OversizedObjectError,
} from "@waymark/git";
import { NOTE_NAMESPACE, parseLabelRef, TAG_NAMESPACE } from "./label-refs.ts";
import { type Labels, NO_LABELS, parseTags } from "./labels.ts";

/**
 * Reads the tags and notes of all experiments.
 *
 * @returns By the experiment's ref; an experiment without any has no entry. Labels that cannot be read count as absent.
 */
export async function readLabels(repo: GitRepository): Promise<Map<string, Labels>> {
  const refs = await listRefs(repo, [TAG_NAMESPACE.slice(0, -1), NOTE_NAMESPACE.slice(0, -1)]);
  if (refs.length === 0) return new Map();
  const objects = new ObjectReader(repo);
  try {
    return await readLabelRefs(objects, refs);
  } finally {
    await objects.close();
  }
}

/** As {@link readLabels}, of refs that are known already. */
export async function readLabelRefs(
  objects: Pick<ObjectReader, "read">,
  refs: readonly GitRef[],
): Promise<Map<string, Labels>> {
  const labels = new Map<string, Labels>();
  const read = async ({ name, id }: GitRef): Promise<void> => {
    const parsed = parseLabelRef(name);
    if (parsed === undefined) return;
    const object = await readSmall(objects, id);
    if (object?.type !== "blob") return;
    const text = object.data.toString();
    const known = labels.get(parsed.experimentRef) ?? NO_LABELS;
    const label = parsed.kind === "tags" ? { tags: parseTags(text) } : { note: text.trim() || undefined };
    labels.set(parsed.experimentRef, { ...known, ...label });
  };
  await Promise.all(refs.map(read));
  return labels;
}

/** An object that is gone, or too large to be a label, is as good as none. */
async function readSmall(objects: Pick<ObjectReader, "read">, id: string): Promise<GitObject | undefined> {
  try {
    return await objects.read(id);
  } catch (error) {
    if (error instanceof OversizedObjectError) return undefined;
    throw error;
  }
}
