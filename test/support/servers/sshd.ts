import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { findProgram, freePort, serverFolder, startServer, type TestServer } from "./server.ts";

/** An OpenSSH server that lets one key in. */
export interface SshServer extends TestServer {
  readonly user: string;
  /** Home folder of a client that may log in: `.ssh/id_ed25519` and `.ssh/known_hosts`. */
  readonly home: string;
  /** The folder that files go to. */
  readonly data: string;
}

/** Tells whether there is an OpenSSH server on this machine. */
export const hasSshd = findProgram("sshd") !== undefined && findProgram("ssh-keygen") !== undefined;

/** Starts OpenSSH's sshd on a port of its own. */
export async function startSshd(): Promise<SshServer> {
  const folder = serverFolder("sshd");
  const port = await freePort();
  const home = join(folder, "home");
  const data = join(folder, "data");
  for (const path of [join(home, ".ssh"), data]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const keygen = findProgram("ssh-keygen") ?? "ssh-keygen";
  const makeKey = (path: string, type = "ed25519"): void => {
    execFileSync(keygen, ["-q", "-t", type, "-N", "", "-f", path]);
  };
  makeKey(join(folder, "host_ed25519"));
  makeKey(join(folder, "host_rsa"), "rsa");
  makeKey(join(home, ".ssh", "id_ed25519"));
  const clientKey = readFileSync(join(home, ".ssh", "id_ed25519.pub"), "utf8");
  writeFileSync(join(folder, "authorized_keys"), clientKey, { mode: 0o600 });
  const hostKey = readFileSync(join(folder, "host_ed25519.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  writeFileSync(join(home, ".ssh", "known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(
    join(folder, "sshd_config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(folder, "host_ed25519")}`,
      `HostKey ${join(folder, "host_rsa")}`,
      `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
      `PidFile ${join(folder, "sshd.pid")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "MaxStartups 100",
      "Subsystem sftp internal-sftp",
      "",
    ].join("\n"),
  );
  // Where root's sshd separates its privileges; the package makes it when the service starts.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const server = await startServer(findProgram("sshd") ?? "sshd", ["-D", "-e", "-f", join(folder, "sshd_config")], {
    port,
    folder,
  });
  return { ...server, user: userInfo().username, home, data };
}
