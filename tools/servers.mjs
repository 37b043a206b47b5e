// Finds the servers that remotes are tested against, or brings them: OpenSSH's and Apache's from Debian's packages,
// moto's S3 server from the Python package index; and the scheduler that jobs are tested with, Slurm,
// with the database of its accounting.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { prepareAws, prepareMoto } from "./support/python.mjs";
import { findProgram, installDebianPackages, ROOT, say, succeeds, ToolError } from "./support/run.mjs";

const PACKAGES = new Map([
  ["sshd", "openssh-server"],
  ["apache2", "apache2"],
  ["slurmctld", "slurmctld"],
  ["slurmd", "slurmd"],
  ["sbatch", "slurm-client"],
  ["munged", "munge"],
  ["slurmdbd", "slurmdbd"],
  ["mariadbd", "mariadb-server"],
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

/**
 * Brings what transfers are measured against: Amazon's command, and rsync.
 *
 * @returns {Promise<Record<string, string>>} Variables for the benchmarks. What is missing has been said.
 */
export async function ensureTransferPeers() {
  if (findProgram("rsync") === undefined) await installDebianPackages(["rsync"]);
  const aws = await prepareAws();
  if (aws === undefined || findProgram("rsync") === undefined) say("Leaving out peers that are missing: aws, rsync.");
  return aws === undefined ? {} : { WAYMARK_AWS: aws };
}

/**
 * Brings Hadoop's small cluster, for the long form of the tests: 100 MB of Java, with Maven.
 *
 * @returns {Promise<boolean>} Whether it is there; what is missing has been said.
 */
export async function ensureHdfs() {
  const jars = join(ROOT, ".cache/hdfs/jars");
  if (existsSync(join(jars, "hadoop-hdfs-3.4.1.jar"))) return true;
  const maven = findProgram("mvn");
  if (maven !== undefined && findProgram("java") !== undefined) {
    say("Fetching Hadoop's small cluster with Maven.");
    rmSync(jars, { recursive: true, force: true });
    const pom = join(ROOT, "test/support/servers/hdfs/pom.xml");
    const args = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${jars}`];
    if (await succeeds(maven, args)) return true;
    rmSync(jars, { recursive: true, force: true });
  }
  say("Leaving out the tests against Hadoop: they need Java and Maven.");
  return false;
}

function isThere(program) {
  return findProgram(program) !== undefined || existsSync(`/usr/sbin/${program}`);
}
