/** What a value must be. A list of words: one of these, in any case. */
export type ConfigRule =
  | "text"
  | "boolean"
  /** `true`, `false`, or the path of a certificate. */
  | "boolean-or-text"
  | "whole"
  | "positive"
  | "seconds"
  | "number"
  | "link-types"
  | readonly string[];

/** Keys of a section with their rules. */
export type SectionRules = Readonly<Record<string, ConfigRule>>;

const LOCAL: SectionRules = {
  type: "link-types",
  protected: "boolean",
  shared: ["group"],
  slow_link_warning: "boolean",
  verify: "boolean",
};

const REMOTE: SectionRules = {
  url: "text",
  checksum_jobs: "positive",
  jobs: "positive",
  worktree: "boolean",
  no_traverse: "boolean",
  version_aware: "boolean",
};

const HTTP: SectionRules = {
  ...REMOTE,
  ...{ auth: ["basic", "digest", "custom"], custom_auth_header: "text", method: "text" },
  ...{ user: "text", password: "text", ask_password: "boolean" },
  ...{ ssl_verify: "boolean-or-text", connect_timeout: "seconds", read_timeout: "seconds", verify: "boolean" },
};

const WEBDAV: SectionRules = {
  ...REMOTE,
  ...{ user: "text", password: "text", ask_password: "boolean", token: "text" },
  ...{ bearer_token_command: "text", custom_auth_header: "text", cert_path: "text", key_path: "text" },
  ...{ timeout: "whole", ssl_verify: "boolean-or-text", verify: "boolean" },
};

/** Keys of `[remote "NAME"]` by the scheme of its URL; the empty one is for paths. */
export const REMOTE_RULES: Readonly<Record<string, SectionRules>> = {
  "": { ...LOCAL, ...REMOTE },
  s3: {
    ...REMOTE,
    ...{ region: "text", profile: "text", credentialpath: "text", configpath: "text", endpointurl: "text" },
    ...{ access_key_id: "text", secret_access_key: "text", session_token: "text", listobjects: "boolean" },
    ...{ use_ssl: "boolean", ssl_verify: "boolean-or-text", allow_anonymous_login: "boolean" },
    ...{ sse: "text", sse_kms_key_id: "text", sse_customer_algorithm: "text", sse_customer_key: "text" },
    ...{ acl: "text", grant_read: "text", grant_read_acp: "text", grant_write_acp: "text" },
    ...{ grant_full_control: "text", cache_regions: "boolean", read_timeout: "whole", connect_timeout: "whole" },
    verify: "boolean",
  },
  gs: {
    ...REMOTE,
    ...{ projectname: "text", credentialpath: "text", endpointurl: "text" },
    ...{ verify: "boolean", allow_anonymous_login: "boolean" },
  },
  ssh: {
    ...REMOTE,
    ...{ type: "link-types", port: "whole", user: "text", password: "text", ask_password: "boolean" },
    ...{ passphrase: "text", ask_passphrase: "boolean", keyfile: "text", timeout: "whole" },
    ...{ gss_auth: "boolean", allow_agent: "boolean", max_sessions: "whole", verify: "boolean" },
  },
  hdfs: { ...REMOTE, user: "text", kerb_ticket: "text", replication: "whole" },
  webhdfs: {
    ...REMOTE,
    ...{ kerberos: "boolean", kerberos_principal: "text", proxy_to: "text", ssl_verify: "boolean-or-text" },
    ...{ token: "text", use_https: "boolean", user: "text", password: "text", data_proxy_target: "text" },
    verify: "boolean",
  },
  azure: {
    ...REMOTE,
    ...{ connection_string: "text", sas_token: "text", account_name: "text", account_key: "text" },
    ...{ tenant_id: "text", client_id: "text", client_secret: "text", allow_anonymous_login: "boolean" },
    ...{ exclude_environment_credential: "boolean", exclude_visual_studio_code_credential: "boolean" },
    ...{ exclude_shared_token_cache_credential: "boolean", exclude_managed_identity_credential: "boolean" },
    ...{ verify: "boolean", timeout: "whole", read_timeout: "whole", connection_timeout: "whole" },
  },
  oss: { ...REMOTE, oss_key_id: "text", oss_key_secret: "text", oss_endpoint: "text", verify: "boolean" },
  gdrive: {
    ...REMOTE,
    ...{ profile: "text", gdrive_use_service_account: "boolean", gdrive_client_id: "text" },
    ...{ gdrive_client_secret: "text", gdrive_user_credentials_file: "text" },
    ...{ gdrive_service_account_user_email: "text", gdrive_service_account_json_file_path: "text" },
    ...{ gdrive_trash_only: "boolean", gdrive_acknowledge_abuse: "boolean", verify: "boolean" },
  },
  http: HTTP,
  https: HTTP,
  webdav: WEBDAV,
  webdavs: WEBDAV,
};

/** Keys of the sections that have no name of their own; of those that DVC gave up, too. */
export const SECTION_RULES: Readonly<Record<string, SectionRules>> = {
  core: {
    ...{ remote: "text", checksum_jobs: "positive", interactive: "boolean", analytics: "boolean" },
    ...{ hardlink_lock: "boolean", no_scm: "boolean", autostage: "boolean", experiments: "boolean" },
    ...{ check_update: "boolean", site_cache_dir: "text", machine: "text" },
  },
  cache: {
    ...LOCAL,
    ...{ dir: "text", local: "text", s3: "text", gs: "text", hdfs: "text", webhdfs: "text", ssh: "text" },
    azure: "text",
  },
  state: { dir: "text", row_limit: "positive", row_cleanup_quota: "whole" },
  index: { dir: "text" },
  feature: { machine: "boolean" },
  plots: { html_template: "text", auto_open: "boolean", out_dir: "text" },
  exp: {
    ...{ code: "text", data: "text", models: "text", metrics: "text", params: "text", plots: "text", live: "text" },
    ...{ auto_push: "boolean", git_remote: "text" },
  },
  parsing: { bool: ["store_true", "boolean_optional"], list: ["nargs", "append"] },
  hydra: {
    ...{ enabled: "boolean", config_dir: "text", config_module: "text", config_name: "text" },
    plugins_path: "text",
  },
  studio: { token: "text", url: "text", repo_url: "text", offline: "boolean" },
};

/** Keys of `[db "NAME"]`. */
export const DB_RULES: SectionRules = { url: "text", username: "text", password: "text" };

/** Keys of `[machine "NAME"]`, which DVC gave up. */
export const MACHINE_RULES: SectionRules = {
  cloud: ["aws", "azure"],
  region: ["us-west", "us-east", "eu-west", "eu-north"],
  ...{ image: "text", spot: "boolean", spot_price: "number", instance_hdd_size: "whole", instance_type: "text" },
  ...{ instance_gpu: "text", ssh_private: "text", startup_script: "text", setup_script: "text" },
};

/** Keys that DVC accepts and no longer reads; they are not offered. */
const OBSOLETE = new Set(["core.experiments", "core.machine", "cache.protected"]);

/** Lists what `config` can set in sections without a name, for completion: `core.remote`, `cache.dir`. */
export function listConfigNames(): readonly string[] {
  const obsoleteSections = new Set(["state", "index", "feature"]);
  const obsoleteKeys =
    /^(?:cache\.(?:local|s3|gs|hdfs|webhdfs|ssh|azure)|exp\.(?:code|data|models|metrics|params|plots|live))$/u;
  return Object.entries(SECTION_RULES)
    .filter(([section]) => !obsoleteSections.has(section))
    .flatMap(([section, rules]) => Object.keys(rules).map((key) => `${section}.${key}`))
    .filter((name) => !OBSOLETE.has(name) && !obsoleteKeys.test(name));
}

/** Tells whether a key of a section holds a path, which is relative to the file it stands in. */
export function isPathKey(kind: string, key: string): boolean {
  return PATH_KEYS[kind]?.includes(key) === true;
}

const PATH_KEYS: Readonly<Record<string, readonly string[]>> = {
  cache: ["dir"],
  remote: [
    ...["url", "credentialpath", "configpath", "keyfile", "cert_path", "key_path"],
    ...["gdrive_user_credentials_file", "gdrive_service_account_json_file_path"],
  ],
  machine: ["startup_script", "setup_script"],
};

/** Tells whether the value of a key is nobody's business. */
export function isSecretKey(key: string): boolean {
  return /password|passphrase|secret|token|account_key|connection_string|sse_customer_key|auth_header/u.test(key);
}
