import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./server.ts";

/** Tells whether there is the program that makes certificates, new enough to sign them. */
export const hasOpenssl =
  findProgram("openssl") !== undefined &&
  /^OpenSSL [3-9]/.test(execFileSync("openssl", ["version"], { encoding: "utf8" }));

/** A certificate with its key, as files and as text. */
export interface TestCertificate {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, with a server and a client that it vouches for. */
export interface TestAuthority {
  readonly authority: TestCertificate;
  /** For `127.0.0.1` and `localhost`. */
  readonly server: TestCertificate;
  readonly client: TestCertificate;
  /** Certificate and key of the client in one file. */
  readonly clientPath: string;
  remove(): void;
}

/** Makes keys and certificates that are good for a day. */
export function makeAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), "waymark-certificates-"));
  const make = (name: string, args: readonly string[]): TestCertificate => {
    const [certPath, keyPath] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const common = [
      "req",
      "-x509",
      ...curve,
      "-days",
      "1",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      keyPath,
      "-out",
      certPath,
    ];
    execFileSync("openssl", [...common, ...args], { stdio: "ignore" });
    return { certPath, keyPath, cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") };
  };
  const authority = make("authority", []);
  const signed = ["-CA", authority.certPath, "-CAkey", authority.keyPath];
  const server = make("server", [...signed, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]);
  const client = make("client", [...signed]);
  const clientPath = join(folder, "both.pem");
  writeFileSync(clientPath, client.cert + client.key);
  return { authority, server, client, clientPath, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
