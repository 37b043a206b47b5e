import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { Client, ConnectConfig, SFTPWrapper } from "ssh2";
import { HostKeyError, RemoteAccessError, RemoteConfigError, type RemoteRequest } from "../remote-errors.ts";
import { TransientError } from "../retry.ts";
import type { RemoteSettings } from "../settings.ts";
import { fingerprint, hostKeyType, judgeHostKey, readKnownHosts, rememberHostKey } from "./known-hosts.ts";
import { SftpCalls } from "./sftp-calls.ts";
import { collectLogins, resolvePlace, type SshPlace } from "./ssh-login.ts";

/** A connection that files travel over. */
export interface SshSession {
  readonly calls: SftpCalls;
  end(): void;
}

/** DVC's own wait is half an hour; a server that does not answer within this is not there. */
const CONNECT_SECONDS = 60;
const KEEPALIVE_MS = 15_000;
const MOST_JUMPS = 5;

/** Encryption that costs processors least, first; OpenSSH's order starts with one that Node is slow at. */
const CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"] as const;
const HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/**
 * Connects to the host of a remote and opens a channel for files. The host must be known, as with OpenSSH: its key is
 * looked up in `known_hosts`.
 *
 * @throws {@link HostKeyError}, {@link RemoteAccessError}, {@link RemoteConfigError}; `TransientError` for a connection
 *   that breaks.
 */
export async function openSshSession(
  settings: RemoteSettings,
  place: SshPlace,
  what: RemoteRequest,
): Promise<SshSession> {
  const clients: Client[] = [];
  const end = (): void => clients.toReversed().forEach((client) => client.end());
  try {
    const client = await connect(settings, place, what, clients, 0);
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, channel) => {
        if (error === undefined) resolve(channel);
        else {
          const hint = "The server must offer the `sftp` subsystem.";
          reject(
            new RemoteAccessError(what, `it opens no channel for files (${error.message})`, { hint, cause: error }),
          );
        }
      });
    });
    const calls = new SftpCalls(sftp);
    const lose = (): void => calls.lose(new TransientError("the server ended the connection"));
    sftp.on("close", lose);
    client.on("close", lose);
    return { calls, end };
  } catch (error) {
    end();
    throw error;
  }
}

async function connect(
  settings: RemoteSettings,
  place: SshPlace,
  what: RemoteRequest,
  clients: Client[],
  depth: number,
): Promise<Client> {
  const sock = await openJump(settings, place, what, clients, depth);
  const { default: ssh2 } = await import("ssh2");
  const logins = await collectLogins(settings, place);
  const hostKey = checkHostKey(settings, place);
  const client = new ssh2.Client();
  const options: ConnectConfig = {
    host: place.host,
    port: place.port,
    username: place.user,
    authHandler: [{ type: "none", username: place.user }, ...logins],
    readyTimeout: (settings.number("timeout") ?? CONNECT_SECONDS) * 1000,
    keepaliveInterval: KEEPALIVE_MS,
    hostVerifier: hostKey.verify,
    algorithms: {
      cipher: { prepend: [...CIPHERS], append: [], remove: [] },
      serverHostKey: hostKey.types as (typeof HOST_KEYS)[number][],
    },
    ...(sock === undefined ? {} : { sock }),
  };
  await new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    // It stays: a connection that breaks later must not end the process; whoever uses it sees it closed.
    client.on("error", (error: Error & { readonly level?: string }) => {
      reject(hostKey.problem() ?? explain(error, place, what, logins.length));
    });
    client.once("close", () => reject(hostKey.problem() ?? new TransientError("the server ended the connection")));
    client.connect(options);
  });
  clients.push(client);
  return client;
}

/** Connects to the last host on the way, and from there on; `undefined` when there is none on the way. */
async function openJump(
  settings: RemoteSettings,
  place: SshPlace,
  what: RemoteRequest,
  clients: Client[],
  depth: number,
): Promise<Duplex | undefined> {
  const { proxyCommand, proxyJump } = place.config;
  if (proxyJump.length === 0) {
    if (proxyCommand === undefined) return undefined;
    const why = `~/.ssh/config has a ProxyCommand for '${place.alias}'`;
    throw new RemoteConfigError(settings.name, why, "Write it as ProxyJump, which is supported.");
  }
  if (depth >= MOST_JUMPS) {
    throw new RemoteConfigError(settings.name, "ProxyJump leads in circles", "Mend ~/.ssh/config.");
  }
  const [hop = ""] = proxyJump;
  if (proxyJump.length > 1) {
    const hint = "Give the last of them a ProxyJump of its own in ~/.ssh/config.";
    throw new RemoteConfigError(settings.name, `ProxyJump of '${place.alias}' names several hosts`, hint);
  }
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?([^:]+)(?::(\d+))?$/.exec(hop);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const jump = resolvePlace(settings, { host: match?.[2] ?? hop, port, user: match?.[1] });
  const client = await connect(settings, jump, what, clients, depth + 1);
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, place.host, place.port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else reject(new TransientError(`'${hop}' does not lead to '${place.host}'`, { cause: error }));
    });
  });
}

interface HostKeyCheck {
  /** Types to ask the server for, those that are known first. */
  readonly types: readonly string[];
  readonly verify: (key: Buffer) => boolean;
  /** Why the key was refused. */
  readonly problem: () => HostKeyError | undefined;
}

function checkHostKey(settings: RemoteSettings, place: SshPlace): HostKeyCheck {
  const { config, port } = place;
  const host = config.hostKeyAlias ?? place.host;
  const expand = (path: string): string => (path.startsWith("~/") ? join(settings.home, path.slice(2)) : path);
  const own =
    config.userKnownHostsFiles.length > 0
      ? config.userKnownHostsFiles.map(expand)
      : ["known_hosts", "known_hosts2"].map((name) => join(settings.home, ".ssh", name));
  const global =
    config.globalKnownHostsFiles.length > 0
      ? config.globalKnownHostsFiles.map(expand)
      : ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
  const known = readKnownHosts([...own, ...global], host, port);
  const knownTypes = new Set(known.map(({ type }) => (type === "ssh-rsa" ? "rsa-sha2-512" : type)));
  const types = [...HOST_KEYS].toSorted((a, b) => Number(knownTypes.has(b)) - Number(knownTypes.has(a)));
  const name = port === 22 ? host : `[${host}]:${port}`;
  let problem: HostKeyError | undefined;
  const verify = (key: Buffer): boolean => {
    const verdict = judgeHostKey(known, key);
    const shown = `${hostKeyType(key)} ${fingerprint(key)}`;
    const strictness = config.strictHostKeyChecking ?? "ask";
    switch (verdict.kind) {
      case "known":
        return true;
      case "revoked":
        problem = new HostKeyError(name, `its key is revoked (${verdict.path}:${verdict.line})`, "Ask who runs it.");
        return false;
      case "changed":
        if (strictness === "no" || strictness === "off") return true;
        problem = new HostKeyError(
          name,
          `it shows ${shown}, and ${verdict.path}:${verdict.line} has another key`,
          `Somebody may be listening. If the key was changed on purpose: ssh-keygen -R '${name}'.`,
        );
        return false;
      case "unknown":
        if (strictness === "no" || strictness === "off") return true;
        if (strictness === "accept-new") {
          rememberHostKey(own[0] ?? join(settings.home, ".ssh", "known_hosts"), host, port, key);
          return true;
        }
        problem = new HostKeyError(
          name,
          `it shows ${shown}, and known_hosts has no key of it`,
          `Connect once with \`ssh ${port === 22 ? "" : `-p ${port} `}${place.user}@${place.alias}\` and confirm the key.`,
        );
        return false;
    }
  };
  return { types, verify, problem: () => problem };
}

function explain(
  error: Error & { readonly level?: string },
  place: SshPlace,
  what: RemoteRequest,
  logins: number,
): Error {
  if (error.level === "client-authentication") {
    const hint =
      logins === 0
        ? "There is no key, no agent and no password: set `keyfile` or `password` of the remote, or start ssh-agent."
        : "Set `user`, and `keyfile` or `password`, of the remote; `ssh` shows whether they are right.";
    return new RemoteAccessError(what, `'${place.user}' is not let in`, { hint, cause: error });
  }
  if (error.level === "client-timeout") return new TransientError("it did not answer in time", { cause: error });
  // Everything else is the connection: refused, reset, ended, a host that is not known.
  if ("code" in error) return error;
  return new TransientError(error.message, { cause: error });
}
