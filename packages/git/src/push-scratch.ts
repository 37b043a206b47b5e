import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { RemoteRefUpdate } from "./push-refs.ts";
import type { GitRepository } from "./repository.ts";
import type { GitPlace } from "./run.ts";

/** How the remote is called in the scratch repository. */
export const SCRATCH_REMOTE = "waymark-push";
/** Settings of a remote that a push needs. */
const COPIED = /^(?:url|pushurl|receivepack|proxy|proxyauthmethod|vcs)$/u;
/** What a killed push left is surely nobody's after this time. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Makes a repository that has nothing but the refs to be pushed, and the objects of ours, for as long as a push takes.
 *
 * Given a thousand refs by name, Git compares each with every ref of ours and of the remote, which takes seconds. In a
 * repository where what is there is what is pushed, a pattern says the same. It is a few small files.
 */
export async function withPushScratch<T>(
  repo: GitRepository,
  remote: string,
  updates: readonly RemoteRefUpdate[],
  work: (place: GitPlace) => Promise<T>,
): Promise<T> {
  const parent = join(repo.gitDir, "waymark");
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const folder = mkdtempSync(join(parent, "push-"));
  try {
    mkdirSync(join(folder, "refs"));
    mkdirSync(join(folder, "objects", "info"), { recursive: true });
    writeFileSync(join(folder, "HEAD"), "ref: refs/heads/none\n");
    writeFileSync(join(folder, "objects", "info", "alternates"), `${join(repo.commonDir, "objects")}\n`);
    writeFileSync(join(folder, "packed-refs"), formatRefs(updates));
    writeFileSync(join(folder, "config"), formatConfig(repo, remote));
    const shallow = join(repo.commonDir, "shallow");
    if (existsSync(shallow)) copyFileSync(shallow, join(folder, "shallow"));
    return await work({ root: repo.root, gitDir: folder, env: repo.env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function formatRefs(updates: readonly RemoteRefUpdate[]): string {
  const lines = updates.flatMap(({ ref, newId }) =>
    newId === null ? [] : [{ key: Buffer.from(ref), line: `${newId} ${ref}\n` }],
  );
  // Git searches the file, and compares bytes.
  lines.sort((a, b) => a.key.compare(b.key));
  return `# pack-refs with: peeled fully-peeled sorted \n${lines.map(({ line }) => line).join("")}`;
}

/** The user's settings hold here, too: credentials, proxies, other names of hosts. */
function formatConfig(repo: GitRepository, remote: string): string {
  const settings = listSettings(repo, remote);
  const hasUrl = settings.some(([name]) => name === "url" || name === "pushurl");
  const lines = hasUrl ? settings : [["url", remote] as const];
  return [
    `[include]\n\tpath = ${quote(join(repo.commonDir, "config"))}\n`,
    `[remote "${SCRATCH_REMOTE}"]\n`,
    ...lines.map(([name, value]) => `\t${name} = ${quote(value)}\n`),
  ].join("");
}

/** The settings of a remote, each as often as it is there; none for a URL or a path. */
function listSettings(repo: GitRepository, remote: string): readonly (readonly [name: string, value: string])[] {
  const prefix = `remote.${remote}.`;
  return repo.configEntries
    .filter(([key]) => key.startsWith(prefix) && COPIED.test(key.slice(prefix.length)))
    .map(([key, value]) => [key.slice(prefix.length), value]);
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith("push-")) continue;
    const path = join(parent, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > ABANDONED_MS) rmSync(path, { recursive: true, force: true });
  }
}
