import { readFileSync } from "node:fs";
import type { AgentOptions } from "node:https";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteSettings } from "../settings.ts";
import { parseRemoteUrl } from "../url.ts";
import { s3Address, s3Agents } from "./s3-proxy.ts";

/** Fields that go with every object that is written. */
export interface S3WriteFields {
  readonly ServerSideEncryption?: "AES256" | "aws:kms";
  readonly SSEKMSKeyId?: string;
  readonly ACL?: "private";
  readonly GrantRead?: string;
  readonly GrantReadACP?: string;
  readonly GrantWriteACP?: string;
  readonly GrantFullControl?: string;
}

/** Fields that go with every request for an object, when the key is the customer's. */
export interface S3CustomerKey {
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
}

/** Sockets kept open; more requests than that wait for one. */
const SOCKETS = 256;
const ATTEMPTS = 5;
const DEFAULT_REGION = "us-east-1";

/** Reads the bucket and the prefix of an S3 URL. */
export function parseS3Url(settings: RemoteSettings): { readonly bucket: string; readonly prefix: string } {
  const { host, path } = parseRemoteUrl(settings.url);
  if (host === "")
    throw new RemoteConfigError(settings.name, "its URL names no bucket", "Write it as s3://bucket/path.");
  return { bucket: host, prefix: path.replace(/^\/+|\/+$/g, "") };
}

/**
 * Reads the settings of an S3 remote as the official client wants them.
 *
 * @throws {@link RemoteConfigError}
 */
export async function s3ClientConfig(settings: RemoteSettings): Promise<S3ClientConfig> {
  const endpoint = s3Endpoint(settings);
  const isAnonymous = settings.flag("allow_anonymous_login") === true;
  const seconds = (key: string): number | undefined => {
    const value = settings.number(key);
    return value === undefined ? undefined : value * 1000;
  };
  const connectionTimeout = seconds("connect_timeout") ?? 60_000;
  const socketTimeout = seconds("read_timeout") ?? 120_000;
  const agent: AgentOptions = { keepAlive: true, maxSockets: SOCKETS, maxFreeSockets: SOCKETS };
  const address = s3Address(settings, parseS3Url(settings).bucket, endpoint);
  return {
    region: await findRegion(settings),
    credentials: await findCredentials(settings, isAnonymous),
    ...(isAnonymous ? { signer: { sign: async (request) => request } } : {}),
    ...(endpoint === undefined ? { followRegionRedirects: true } : { endpoint, forcePathStyle: true }),
    tls: settings.flag("use_ssl") ?? true,
    maxAttempts: ATTEMPTS,
    // Checksums of the newer kind are unknown to many servers that speak S3; MD5 is known to all, and is sent anyway.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout,
      socketTimeout,
      ...s3Agents(settings, address, connectionTimeout, { agent, tls: certificateOptions(settings) }),
    },
  };
}

/** Returns the endpoint that settings or environment name; `undefined` for Amazon's own. */
export function s3Endpoint(settings: RemoteSettings): string | undefined {
  const { env } = settings;
  return settings.text("endpointurl") ?? (env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] || undefined);
}

/** Reads what is sent along with every object that is written (`sse`, `acl`, `grant_*`). */
export function s3WriteFields(settings: RemoteSettings): S3WriteFields {
  const acl = settings.text("acl");
  const grants = {
    GrantRead: settings.text("grant_read"),
    GrantReadACP: settings.text("grant_read_acp"),
    GrantWriteACP: settings.text("grant_write_acp"),
    GrantFullControl: settings.text("grant_full_control"),
  };
  if (acl !== undefined && Object.values(grants).some((value) => value !== undefined)) {
    throw new RemoteConfigError(settings.name, "it has both `acl` and `grant_*`", "Keep one of the two.");
  }
  return dropUndefined({
    ServerSideEncryption: settings.text("sse"),
    SSEKMSKeyId: settings.text("sse_kms_key_id"),
    ACL: acl,
    ...grants,
  });
}

/** Reads the customer's own key (`sse_customer_key`, in base64 as DVC has it). */
export function s3CustomerKey(settings: RemoteSettings): S3CustomerKey {
  const key = settings.text("sse_customer_key");
  if (key === undefined) return {};
  if (settings.text("sse_kms_key_id") !== undefined) {
    const why = "it has both `sse_customer_key` and `sse_kms_key_id`";
    throw new RemoteConfigError(settings.name, why, "Keep one of the two.");
  }
  if (Buffer.from(key, "base64").byteLength !== 32) {
    const why = "`sse_customer_key` is not a key of 32 bytes in base64";
    throw new RemoteConfigError(settings.name, why, "Make one with `openssl rand -base64 32`.");
  }
  return { SSECustomerAlgorithm: settings.text("sse_customer_algorithm") ?? "AES256", SSECustomerKey: key };
}

async function findCredentials(
  settings: RemoteSettings,
  isAnonymous: boolean,
): Promise<NonNullable<S3ClientConfig["credentials"]>> {
  const { env } = settings;
  if (isAnonymous) return { accessKeyId: "", secretAccessKey: "" };
  const profile = settings.text("profile");
  const set = credentials(
    settings.text("access_key_id"),
    settings.text("secret_access_key"),
    settings.text("session_token"),
  );
  if (set !== undefined) return set;
  // A profile that is named wins over the environment, as with the official tools.
  const fromEnvironment =
    profile === undefined
      ? credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"])
      : undefined;
  if (fromEnvironment !== undefined) return fromEnvironment;
  await refusePrograms(settings);
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const name = profile ?? env["AWS_PROFILE"];
  return defaultProvider({
    ...(name === undefined ? {} : { profile: name }),
    filepath: credentialsPath(settings),
    configFilepath: configPath(settings),
  });
}

/**
 * Refuses a file of profiles that would run a program, when a setting of the remote names it: the setting and the file
 * may both come with a repository, and asking a remote for its state must not start what somebody else wrote. The files
 * of the person, in `~/.aws` or named by the environment, may do so.
 */
async function refusePrograms(settings: RemoteSettings): Promise<void> {
  const { loadSharedConfigFiles } = await import("@smithy/shared-ini-file-loader");
  for (const key of ["configpath", "credentialpath"]) {
    const path = settings.path(key);
    if (path === undefined) continue;
    const { configFile, credentialsFile } = await loadSharedConfigFiles({
      filepath: path,
      configFilepath: path,
      ignoreCache: true,
    });
    const profiles = [...Object.entries(configFile), ...Object.entries(credentialsFile)];
    const found = profiles.find(([, profile]) => profile["credential_process"] !== undefined);
    if (found === undefined) continue;
    throw new RemoteConfigError(
      settings.name,
      `\`${key}\` names '${path}', whose profile '${found[0]}' runs a program (\`credential_process\`)`,
      "If the file is your own, name it with AWS_CONFIG_FILE instead.",
    );
  }
}

function credentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

async function findRegion(settings: RemoteSettings): Promise<string> {
  const { env } = settings;
  const named = settings.text("region") ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"]);
  if (named !== undefined && named !== "") return named;
  const profile = settings.text("profile") ?? env["AWS_PROFILE"] ?? "default";
  const { loadSharedConfigFiles } = await import("@smithy/shared-ini-file-loader");
  const files = await loadSharedConfigFiles({
    filepath: credentialsPath(settings),
    configFilepath: configPath(settings),
  });
  return files.configFile[profile]?.["region"] ?? files.credentialsFile[profile]?.["region"] ?? DEFAULT_REGION;
}

function credentialsPath(settings: RemoteSettings): string {
  const named = settings.path("credentialpath") ?? settings.env["AWS_SHARED_CREDENTIALS_FILE"];
  return named ?? join(settings.home, ".aws", "credentials");
}

function configPath(settings: RemoteSettings): string {
  return settings.path("configpath") ?? settings.env["AWS_CONFIG_FILE"] ?? join(settings.home, ".aws", "config");
}

function certificateOptions(settings: RemoteSettings): AgentOptions {
  const { isVerifying, bundle } = settings.certificates;
  const path = bundle ?? (settings.env["AWS_CA_BUNDLE"] || undefined);
  if (!isVerifying) return { rejectUnauthorized: false };
  if (path === undefined) return {};
  try {
    // Made once: an agent that is given the authorities themselves compares all of them at every request.
    return { secureContext: createSecureContext({ ca: readFileSync(path) }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteConfigError(settings.name, `'${path}' cannot be used: ${why}`, "Check `ssl_verify`.");
  }
}

function dropUndefined(fields: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
