// Calls that wait for Git are synchronous unless they return a promise; where both exist, one ends in `Sync`.
export { areAncestors } from "./ancestors.ts";
export type { AncestorQuestion } from "./ancestors.ts";
export { attachHead, findFormerBranch } from "./attach-head.ts";
export { writeBlobToFile } from "./blob-to-file.ts";
export { createBundle, readBundle } from "./bundle.ts";
export { checkOutCommit, fileSettingsDigest } from "./check-out.ts";
export type { CheckOutOptions } from "./check-out.ts";
export { CloneError, cloneRepository } from "./clone.ts";
export type { CloneOptions } from "./clone.ts";
export { parseCommit, formatCommit } from "./commit.ts";
export type { Commit, Signature } from "./commit.ts";
export { readCommit, readCommitChains, readCommitChainSync } from "./commit-chain.ts";
export type { ChainCommit, ChainRequest, CommitChain, CommitChainOptions } from "./commit-chain.ts";
export { commitTree } from "./commit-tree.ts";
export type { NewCommit } from "./commit-tree.ts";
export { diffCommits } from "./diff-commits.ts";
export type { ChangedFile, CommitPair } from "./diff-commits.ts";
export { gitEnvironment } from "./environment.ts";
export * from "./errors.ts";
export { excludeLocally, includeLocally } from "./exclude-file.ts";
export { readFirstParents } from "./first-parents.ts";
export { fetchObjects } from "./fetch-objects.ts";
export { listFolderFiles } from "./folder-files.ts";
export { CollectionWatch } from "./garbage-collection.ts";
export { parseGitDate } from "./git-date.ts";
export type { GitDate } from "./git-date.ts";
export { readIdentity } from "./identity.ts";
export { initRepository } from "./init-repository.ts";
export type { CommitIdentity, Identity } from "./identity.ts";
export { listIgnoredPaths, listTrackedPaths } from "./ignored-paths.ts";
export { listObjects } from "./list-objects.ts";
export type { ListedObjects, ListObjectsOptions } from "./list-objects.ts";
export { listRemoteRefs } from "./list-remote-refs.ts";
export type { ListRemoteRefsOptions } from "./list-remote-refs.ts";
export { removeLeftoverIndexes } from "./index-copy.ts";
export { withoutOwnFilters } from "./own-filters.ts";
export { listAbandonedLocks, removeAbandonedLocks } from "./ref-change-note.ts";
export { importCommits, importTime, newImportRef } from "./import-commits.ts";
export type { CommitToImport } from "./import-commits.ts";
export { writeObjects } from "./loose-objects.ts";
export type { WriteObjectsOptions } from "./loose-objects.ts";
export { packLooseObjects, startPackingLooseObjects } from "./maintenance.ts";
export { isObjectId, objectId } from "./object.ts";
export type { GitObject, GitObjectType, NewObject, ObjectFormat } from "./object.ts";
export { readObjectFacts } from "./object-facts.ts";
export type { ObjectFacts } from "./object-facts.ts";
export { ObjectReader, OversizedObjectError } from "./object-reader.ts";
export type { ObjectReaderOptions } from "./object-reader.ts";
export { readObjectsSync } from "./objects.ts";
export { PrivateIndex } from "./private-index.ts";
export type { MadeCommit, PrivateIndexOptions, StageTrackedOptions } from "./private-index.ts";
export { pushRefs } from "./push-refs.ts";
export type { PushedRef, PushRefsOptions, RemoteRefUpdate } from "./push-refs.ts";
export { readRefFiles, readRefState } from "./ref-files.ts";
export type { PeeledRef } from "./ref-files.ts";
export { isValidRefName, requireRefName } from "./ref-name.ts";
export { dropReflogEntry } from "./reflog-entries.ts";
export { listRefNamesSync, listRefs, listRefsSync, readHead, readRef, updateRefs } from "./refs.ts";
export type { GitRef, Head, RefUpdate } from "./refs.ts";
export { GitRemoteError, RemoteRefGoneError, TooManyRefsError } from "./remote-errors.ts";
export type { GitProgress, RemoteAccess } from "./remote-process.ts";
export { InvalidGitRemoteError, listRemotes, remoteUrl, requireGitRemote, withoutPasswords } from "./remote-url.ts";
export { GitRepository, openRepository } from "./repository.ts";
export type { OpenRepositoryOptions, RepositoryFacts } from "./repository.ts";
export { findRevision, resolveRevision } from "./revision.ts";
export { gitProcessCount, runGit, runGitSync } from "./run.ts";
export type { GitPlace, GitResult, RunGitOptions } from "./run.ts";
export { formatTree, parseTree } from "./tree.ts";
export type { TreeEntry, TreeMode } from "./tree.ts";
export { fillSubmodules } from "./submodules.ts";
export type { FillSubmodulesOptions, MissingSubmodule } from "./submodules.ts";
export { TreeEditor } from "./tree-editor.ts";
export type { BuiltTree, TreeFile } from "./tree-editor.ts";
export { isGitFolderName, requireTreePath } from "./tree-path.ts";
export {
  addWorktree,
  forgetWorktree,
  listLinkedWorktrees,
  listWorktrees,
  openLinkedWorktree,
  removeLinkedWorktree,
  WORKTREE_VARIABLE,
} from "./worktrees.ts";
export type { AddWorktreeOptions, LinkedWorktree, Worktree } from "./worktrees.ts";
export { absoluteRemoteUrl, withScratchRepository } from "./scratch-repository.ts";
export { listUntrackedPaths } from "./untracked-paths.ts";
export type { UntrackedPath } from "./untracked-paths.ts";
export { findDamagedObjects } from "./verify-objects.ts";
