export { openRemote } from "./open-remote.ts";
export { objectNameAt, remoteObjectPath } from "./object-remote.ts";
export type { HasOptions, ObjectRemote, RemoteLayout } from "./object-remote.ts";
export * from "./remote-errors.ts";
export type {
  DownloadOptions,
  ListingKind,
  RemoteFile,
  RemoteStorage,
  TransferOptions,
  UploadOptions,
} from "./remote-storage.ts";
export type { OpenRemoteOptions, RemoteEnvironment } from "./settings.ts";
export { fetchManifests, fetchObjects } from "./transfer/fetch-objects.ts";
export { defaultJobs, forEachLimited } from "./transfer/limits.ts";
export { pushObjects } from "./transfer/push-objects.ts";
export { joinReports, ProgressCount } from "./transfer/report.ts";
export type { TransferFailure, TransferObjectsOptions, TransferProgress, TransferReport } from "./transfer/report.ts";
export { canHoldRunCache, fetchRunCache, pushRunCache } from "./transfer/run-cache.ts";
export { displayUrl, isUrl, parseRemoteUrl } from "./url.ts";
export type { RemoteUrl } from "./url.ts";
export { openUrl } from "./url-source.ts";
export type { OpenUrlOptions, UrlEntry, UrlHashKind, UrlSource } from "./url-source.ts";
