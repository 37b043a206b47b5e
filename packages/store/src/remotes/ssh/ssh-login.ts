import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { RemoteConfigError } from "../remote-errors.ts";
import type { RemoteSettings } from "../settings.ts";
import { parseRemoteUrl } from "../url.ts";
import { readSshConfig, type SshHostConfig } from "./ssh-config.ts";

/** Where an SSH remote is, and who asks. */
export interface SshPlace {
  /** As the user wrote it; the name that `~/.ssh/config` is searched for. */
  readonly alias: string;
  /** What is connected to. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly config: SshHostConfig;
}

/** Keys that OpenSSH tries without being told. */
const DEFAULT_KEYS = ["id_rsa", "id_ecdsa", "id_ed25519"];

/** Resolves a host by settings, URL and `~/.ssh/config`, in this order. */
export function resolvePlace(
  settings: RemoteSettings,
  given: { readonly host: string; readonly port?: number | undefined; readonly user?: string | undefined },
): SshPlace {
  const config = readSshConfig(settings.home, given.host);
  return {
    alias: given.host,
    host: config.hostName ?? given.host,
    port: given.port ?? config.port ?? 22,
    user: given.user ?? config.user ?? currentUser(settings),
    config,
  };
}

/** Resolves the host of a remote's URL. */
export function resolveRemotePlace(settings: RemoteSettings): SshPlace {
  const url = parseRemoteUrl(settings.url);
  if (url.host === "") {
    throw new RemoteConfigError(settings.name, "its URL names no host", "Write it as ssh://user@host/path.");
  }
  const port = url.port ?? settings.number("port");
  return resolvePlace(settings, { host: url.host, port, user: settings.text("user") ?? url.user });
}

/**
 * Collects the ways to log in, in the order they are tried: the key of the settings or of `~/.ssh/config`, the agent,
 * the keys that OpenSSH tries by itself, the password.
 *
 * @throws {@link RemoteConfigError} for a key that is set and cannot be read.
 */
export async function collectLogins(settings: RemoteSettings, place: SshPlace): Promise<readonly AnyAuthMethod[]> {
  const { user: username, config } = place;
  const owner = `${username}@${place.alias}`;
  const keyFile = settings.path("keyfile");
  const passphrase = await settings.secret("passphrase", owner);
  const logins: AnyAuthMethod[] = [];
  const named = keyFile === undefined ? config.identityFiles.map((path) => expand(path, settings, place)) : [keyFile];
  for (const path of named) {
    const key = await readKey(settings, path, passphrase, keyFile !== undefined);
    if (key !== undefined) logins.push({ type: "publickey", username, key });
  }
  const agent = agentSocket(settings, config);
  if (agent !== undefined) logins.push({ type: "agent", username, agent });
  if (keyFile === undefined && config.identityFiles.length === 0) {
    for (const name of DEFAULT_KEYS) {
      const key = await readKey(settings, join(settings.home, ".ssh", name), passphrase, false);
      if (key !== undefined) logins.push({ type: "publickey", username, key });
    }
  }
  const password = (await settings.secret("password", owner)) ?? parseRemoteUrl(settings.url).password;
  if (password !== undefined) {
    logins.push({ type: "password", username, password });
    logins.push({
      type: "keyboard-interactive",
      username,
      // Servers that ask for the password in a dialog of one question.
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
  }
  return logins;
}

/** Returns the socket of the agent to ask; `undefined` when none is to be asked. */
function agentSocket(settings: RemoteSettings, config: SshHostConfig): string | undefined {
  if (settings.flag("allow_agent") === false || config.isIdentitiesOnly) return undefined;
  const named = config.identityAgent;
  if (named?.toLowerCase() === "none") return undefined;
  if (named === undefined || named === "SSH_AUTH_SOCK") return settings.env["SSH_AUTH_SOCK"] || undefined;
  return named.startsWith("~/") ? join(settings.home, named.slice(2)) : named;
}

async function readKey(
  settings: RemoteSettings,
  path: string,
  passphrase: string | undefined,
  isRequired: boolean,
): Promise<ParsedKey | undefined> {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch (error) {
    if (!isRequired && isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new RemoteConfigError(settings.name, `its key cannot be read: ${why}`, "Check `keyfile`.");
  }
  const { default: ssh2 } = await import("ssh2");
  const parsed = ssh2.utils.parseKey(data, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key !== undefined && !(key instanceof Error)) return key;
  if (!isRequired) return undefined;
  throw new RemoteConfigError(
    settings.name,
    `the key '${path}' cannot be used: ${key?.message ?? "it is empty"}`,
    "Set `passphrase` in .dvc/config.local, or `ask_passphrase` to true, or add the key to an agent.",
  );
}

function expand(path: string, settings: RemoteSettings, place: SshPlace): string {
  const text = path
    .replaceAll("%d", settings.home)
    .replaceAll("%h", place.host)
    .replaceAll("%r", place.user)
    .replaceAll("%u", currentUser(settings));
  return text.startsWith("~/") ? join(settings.home, text.slice(2)) : text;
}

function currentUser(settings: RemoteSettings): string {
  return settings.env["USER"] || settings.env["LOGNAME"] || userInfo().username;
}
