import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isErrno } from "@waymark/files";

/** What `~/.ssh/config` says about a host: the keywords that matter here, as OpenSSH reads them. */
export interface SshHostConfig {
  readonly hostName: string | undefined;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** In the order they are tried, `~` and percent signs not expanded. */
  readonly identityFiles: readonly string[];
  readonly isIdentitiesOnly: boolean;
  /** Socket of an agent; `none` for no agent. */
  readonly identityAgent: string | undefined;
  /** `yes`, `accept-new`, `no` or `ask`, in lower case. */
  readonly strictHostKeyChecking: string | undefined;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hostKeyAlias: string | undefined;
  /** Hosts to go through, nearest first. */
  readonly proxyJump: readonly string[];
  readonly proxyCommand: string | undefined;
}

/** Keywords that may stand several times, each adding to the others; of every other the first one counts. */
const CUMULATIVE: ReadonlySet<string> = new Set(["identityfile"]);
const DEEPEST_INCLUDE = 8;

/**
 * Reads what OpenSSH's configuration of the user says about a host. `Match` blocks count only as `Match all`, as the
 * others would run commands or need what is not known here.
 *
 * @param home - Home folder of the user.
 * @param host - As the user wrote it.
 */
export function readSshConfig(home: string, host: string): SshHostConfig {
  const folder = join(home, ".ssh");
  const found = new Map<string, string[]>();
  collect(readText(join(folder, "config")), host, folder, found, 0);
  const one = (keyword: string): string | undefined => found.get(keyword)?.[0];
  const words = (keyword: string): readonly string[] => splitWords(one(keyword) ?? "");
  const port = Number(one("port"));
  const jump = one("proxyjump");
  const command = one("proxycommand");
  return {
    hostName: one("hostname")?.replaceAll("%h", host),
    user: one("user"),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    identityFiles: (found.get("identityfile") ?? []).map((text) => splitWords(text)[0] ?? ""),
    isIdentitiesOnly: one("identitiesonly")?.toLowerCase() === "yes",
    identityAgent: words("identityagent")[0],
    strictHostKeyChecking: one("stricthostkeychecking")?.toLowerCase(),
    userKnownHostsFiles: words("userknownhostsfile"),
    globalKnownHostsFiles: words("globalknownhostsfile"),
    hostKeyAlias: one("hostkeyalias"),
    proxyJump: jump === undefined || jump.toLowerCase() === "none" ? [] : jump.split(",").map((text) => text.trim()),
    proxyCommand: command === undefined || command.toLowerCase() === "none" ? undefined : command,
  };
}

/** Tells whether a host is meant by patterns as they stand behind `Host`: `*`, `?`, and `!` in front of exceptions. */
export function matchesHost(host: string, patterns: readonly string[]): boolean {
  let isMatched = false;
  for (const pattern of patterns) {
    const isException = pattern.startsWith("!");
    if (!globToPattern(isException ? pattern.slice(1) : pattern).test(host)) continue;
    if (isException) return false;
    isMatched = true;
  }
  return isMatched;
}

function globToPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i");
}

function collect(text: string, host: string, folder: string, found: Map<string, string[]>, depth: number): void {
  let isActive = true;
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z][\w-]*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const keyword = (match[1] ?? "").toLowerCase();
    const value = match[2] ?? "";
    if (keyword === "host") isActive = matchesHost(host, splitWords(value));
    else if (keyword === "match") isActive = /^all\s*$/i.test(value);
    else if (!isActive) continue;
    else if (keyword === "include") {
      if (depth >= DEEPEST_INCLUDE) continue;
      for (const path of splitWords(value)) {
        const full = path.startsWith("~/")
          ? join(folder, "..", path.slice(2))
          : isAbsolute(path)
            ? path
            : join(folder, path);
        collect(readText(full), host, folder, found, depth + 1);
      }
    } else {
      const values = found.get(keyword);
      if (values === undefined) found.set(keyword, [value]);
      else if (CUMULATIVE.has(keyword)) values.push(value);
    }
  }
}

function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return "";
    throw error;
  }
}
