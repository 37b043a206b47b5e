// Finds the servers that remotes are tested against, or brings them: OpenSSH's and Apache's from Debian's packages,
// moto's S3 server from the Python package index.
import { existsSync } from "node:fs";
import { prepareMoto } from "./support/python.mjs";
import { findProgram, installDebianPackages, say, ToolError } from "./support/run.mjs";

const PACKAGES = new Map([
  ["sshd", "openssh-server"],
  ["apache2", "apache2"],
]);

/**
 * @returns {Promise<Record<string, string>>} Variables for the tests. What is missing has been said.
 * @throws {ToolError} When something is missing and `CI` is set: a check that leaves tests out is none.
 */
export async function ensureServers() {
  const missing = () => [...PACKAGES].filter(([program]) => !isThere(program)).map(([, name]) => name);
  if (missing().length > 0) await installDebianPackages(missing());
  const moto = await prepareMoto();
  const absent = [...missing(), ...(moto === undefined ? ["moto[s3,server] (pip)"] : [])];
  if (absent.length > 0) {
    const hint = `Install ${absent.join(", ")}.`;
    if ((process.env["CI"] ?? "") !== "") throw new ToolError("Servers for tests are missing, and CI is set.", hint);
    say(`Leaving out the tests that need a server which is missing. ${hint}`);
  }
  return moto === undefined ? {} : { WAYMARK_MOTO: moto };
}

function isThere(program) {
  return findProgram(program) !== undefined || existsSync(`/usr/sbin/${program}`);
}
