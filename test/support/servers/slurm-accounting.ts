import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram, freePort, startServer, type TestServer } from "./server.ts";

const PROGRAMS = ["slurmdbd", "sacctmgr", "sacct", "mariadbd", "mariadb", "mariadb-install-db"];

/** Tells whether Slurm's accounting and the database that it needs are on this machine. */
export const hasSlurmAccounting = PROGRAMS.every((program) => findProgram(program) !== undefined);

/** Slurm's accounting and its database, both processes of ours. */
export interface SlurmAccounting {
  /** Lines for `slurm.conf`. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

const PASSWORD = "for-tests-alone";

/**
 * Starts a database and Slurm's accounting on it, and makes the cluster known there.
 *
 * @param folder - Of the cluster, which has its `slurm.conf`.
 * @param mungeSocket - By which it knows who asks.
 */
export async function startAccounting(folder: string, mungeSocket: string, cluster: string): Promise<SlurmAccounting> {
  const database = await startDatabase(join(folder, "database"));
  const port = await freePort();
  const { username } = userInfo();
  const lines = [
    "AuthType=auth/munge",
    `AuthInfo=socket=${mungeSocket}`,
    "DbdHost=localhost",
    "DbdAddr=127.0.0.1",
    `DbdPort=${port}`,
    `SlurmUser=${username}`,
    `LogFile=${join(folder, "slurmdbd.log")}`,
    `PidFile=${join(folder, "slurmdbd.pid")}`,
    "StorageType=accounting_storage/mysql",
    "StorageHost=127.0.0.1",
    `StoragePort=${database.port}`,
    "StorageUser=slurm",
    `StoragePass=${PASSWORD}`,
    "StorageLoc=slurm",
  ];
  writeFileSync(join(folder, "slurmdbd.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
  const conf = [
    "AccountingStorageType=accounting_storage/slurmdbd",
    "AccountingStorageHost=127.0.0.1",
    `AccountingStoragePort=${port}`,
    // No password: with MUNGE, where that listens.
    `AccountingStoragePass=${mungeSocket}`,
  ];
  // Only for making the cluster known, before its controller asks for it.
  const early = join(folder, "accounting.conf");
  const base = [`ClusterName=${cluster}`, "SlurmctldHost=localhost", lines[0], lines[1], ...conf];
  writeFileSync(early, `${base.join("\n")}\n`);
  const env = { ...process.env, SLURM_CONF: early };
  mkdirSync(join(folder, "dbd"));
  const daemon = await startServer(findProgram("slurmdbd") ?? "slurmdbd", ["-D"], {
    port,
    folder: join(folder, "dbd"),
    env,
  });
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await database.stop();
  };
  try {
    await register(cluster, env);
  } catch (error) {
    await stop();
    throw error;
  }
  return { lines: conf, stop };
}

async function register(cluster: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      execFileSync("sacctmgr", ["--immediate", "add", "cluster", cluster], { env, stdio: "pipe" });
      return;
    } catch (error) {
      // It listens a little before its tables are there.
      if (attempt >= 20) throw error;
      await sleep(500);
    }
  }
}

async function startDatabase(folder: string): Promise<TestServer> {
  const { username } = userInfo();
  const install = ["--no-defaults", `--datadir=${folder}`, `--user=${username}`, "--skip-test-db"];
  const options = ["--auth-root-authentication-method=normal", "--skip-name-resolve"];
  execFileSync("mariadb-install-db", [...install, ...options], { stdio: "pipe" });
  chmodSync(folder, 0o700);
  const port = await freePort();
  const socket = join(folder, "socket");
  const server = await startServer(
    findProgram("mariadbd") ?? "mariadbd",
    [
      ...["--no-defaults", `--datadir=${folder}`, `--user=${username}`, `--socket=${socket}`],
      ...["--bind-address=127.0.0.1", `--port=${port}`, "--innodb-buffer-pool-size=16M", "--skip-name-resolve"],
    ],
    { port, folder },
  );
  const commands = [
    "CREATE DATABASE slurm",
    `CREATE USER 'slurm'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'`,
    "GRANT ALL ON slurm.* TO 'slurm'@'127.0.0.1'",
  ];
  execFileSync("mariadb", ["--no-defaults", "--user=root", `--socket=${socket}`], {
    input: `${commands.join(";\n")};\n`,
    stdio: "pipe",
  });
  return server;
}
