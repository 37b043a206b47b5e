export { checkoutSync, planCheckoutSync } from "./checkout.ts";
export { requireInside } from "./work-tree.ts";
export type { CheckoutOptions, CheckoutPlan, CheckoutTarget } from "./checkout.ts";
export { isObjectName } from "./cache-layout.ts";
export { ContentCache } from "./content-cache.ts";
export type { CachedContent, ObjectState, OpenCacheOptions } from "./content-cache.ts";
export { DataStore } from "./data-store.ts";
export type { OpenStoreOptions } from "./data-store.ts";
export type { AddOptions } from "./add-content.ts";
export type {
  ApplyCheckoutOptions,
  CheckoutContentOptions,
  CheckoutReport,
  PlanCheckoutOptions,
} from "./checkout-content.ts";
export type { TargetPlan } from "./checkout-plan.ts";
export type { HashedContent, HashOptions } from "./hash-content.ts";
export type { MigrateOptions, MigrateReport } from "./migrate-cache.ts";
export { unprotectSync } from "./unprotect.ts";
export { findMissing } from "./find-missing.ts";
export type { DataProgress, JobOptions } from "./work/run-job.ts";
export { formatDirectory, isSafeRelpath, parseDirectory } from "./directory.ts";
export type { DirectoryEntry } from "./directory.ts";
export { addRemote, modifyRemote, removeRemote, renameRemote, setDefaultRemote } from "./config/change-remotes.ts";
export type { NewRemote } from "./config/change-remotes.ts";
export { checkUrlSettings, remoteScheme } from "./config/config-check.ts";
export { editConfigFile, removeConfigSection, renameConfigSection } from "./config/config-edit.ts";
export { changeConfigFile } from "./config/config-file.ts";
export type { ConfigTarget } from "./config/config-file.ts";
export { CONFIG_LEVELS, configPath } from "./config/config-levels.ts";
export type { ConfigEnvironment, ConfigLevel } from "./config/config-levels.ts";
export { storedConfigPath } from "./config/config-paths.ts";
export { isPathKey, isSecretKey, listConfigNames } from "./config/config-schema.ts";
export { splitSectionName } from "./config/config-text.ts";
export type { ConfigValue } from "./config/config-value.ts";
export { cacheSettings, readDvcConfig } from "./config/dvc-config.ts";
export type { DvcConfig, LinkType } from "./config/dvc-config.ts";
export * from "./config/errors.ts";
export { MergedConfig, readConfig } from "./config/merged-config.ts";
export type { ConfigSetting, ConfigSettings, ReadConfigOptions } from "./config/merged-config.ts";
export { redactUrl, remoteConfig, urlConfig } from "./config/remote-config.ts";
export type { RemoteConfig } from "./config/remote-config.ts";
export { hashLegacyFileSync } from "./legacy-hash.ts";
export { scanFolder } from "./scan-folder.ts";
export { SHARED_STATE_VARIABLE } from "./state/state-database.ts";
export type { IsHidden } from "./scan-folder.ts";
export { findLinkSupport } from "./link-support.ts";
export { EXCLUDE_NOTE, findDvcRoot, initDvcFolder } from "./dvc-folder.ts";
export { acquireDvcLock } from "./dvc-lock.ts";
export type { DvcLock, DvcLockOptions } from "./dvc-lock.ts";
export * from "./errors.ts";
export { explainIgnored } from "./explain-ignored.ts";
export { IgnorePatterns } from "./ignore-patterns.ts";
export type { IgnoredAnswer } from "./explain-ignored.ts";
export { hashBytes, hashFileSync } from "./hash.ts";
export type { ContentHash } from "./hash.ts";
export { trackSync } from "./track.ts";
export type { TrackedContent, TrackOptions } from "./track.ts";
