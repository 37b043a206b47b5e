/**
 * Options of every Git process. The repository's own configuration can name programs to run (hooks, fsmonitor, pagers,
 * external diffs, signing programs); none of them has a place in plumbing.
 */
const HARDENING: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.quotePath=false",
  "core.pager=cat",
  // What we promise to be on disk is flushed: Git alone flushes neither loose objects nor refs.
  "core.fsync=committed",
  // Another process may hold a ref for a moment; Git itself waits this long, in milliseconds.
  "core.filesRefLockTimeout=5000",
  "core.packedRefsTimeout=5000",
  "safe.bareRepository=explicit",
  "protocol.ext.allow=never",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
  "diff.external=",
  "diff.ignoreSubmodules=dirty",
  "advice.detachedHead=false",
].flatMap((setting) => ["-c", setting]);

/** Returns the options that precede the verb of a Git command. */
export function hardeningOptions(): readonly string[] {
  return HARDENING;
}
