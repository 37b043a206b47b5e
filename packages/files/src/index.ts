export { errorCode, isErrno } from "./errno.ts";
export { acquireFolderLock, FolderInUseError } from "./folder-lock.ts";
export type { FolderLock, FolderLockOptions } from "./folder-lock.ts";
export { identifyProcess, isProcessAlive, processIdentity, processState } from "./process-identity.ts";
export type { ProcessIdentity, ProcessState } from "./process-identity.ts";
export { removeTemporaryFilesSync, replaceFileSync, syncFolder } from "./replace-file.ts";
export type { ReplaceFileOptions } from "./replace-file.ts";
