import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { fetchObjects, openRemote, pushObjects, type ObjectRemote } from "@waymark/store/remotes";
import { BIN, CLONE, runProgram } from "../../support/cli.ts";
import { isLong } from "../../support/fault-run.ts";
import { startHttp, type HttpServer } from "../../support/servers/http-server.ts";
import { startSmallS3 } from "../../support/servers/small-s3.ts";
import { dvcProject } from "../folder.ts";
import { filledProject } from "./contract.ts";

const MIB = 1024 * 1024;
/** What the command may take in all: what it is made of takes nearly half, and more than the rest is carried. */
const MEMORY_BYTES = 256 * MIB;
const LARGE_BYTES = (isLong ? 4096 : 224) * MIB;
const MANY = isLong ? { files: 20_000, sizeBytes: 100_000 } : { files: 300, sizeBytes: 800_000 };

interface Kind {
  readonly start: () => Promise<HttpServer>;
  readonly url: (server: HttpServer) => string;
  readonly options: (server: HttpServer) => Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<"HTTP" | "S3", Kind>> = {
  HTTP: { start: async () => startHttp(), url: (server: HttpServer) => `${server.url}/base`, options: () => ({}) },
  S3: {
    start: startSmallS3,
    url: () => "s3://bucket/base",
    options: (server: HttpServer) => ({ endpointurl: server.url, access_key_id: "a", secret_access_key: "b" }),
  },
};

describe.each(["HTTP", "S3"] as const)("push and pull over %s", { timeout: isLong ? 1_200_000 : 60_000 }, (name) => {
  const kind = KINDS[name];
  let server: HttpServer;
  beforeEach(async () => {
    server = await kind.start();
  });
  afterEach(async () => server.stop());

  const open = async (): Promise<ObjectRemote> => {
    const options = new Map(Object.entries(kind.options(server)));
    const remote = await openRemote(
      { name: "r", url: kind.url(server), options, folder: "/" },
      { HOME: "/nonexistent" },
    );
    onTestFinished(async () => remote.close());
    return remote;
  };

  it.each([1, 7])("never carry more than -j %i at once, and as many as that", async (jobs) => {
    const { cache, names } = filledProject(24);
    // Long enough for others to come, if any did.
    server.delayMs = 15;
    expect(await pushObjects(cache, await open(), names, { jobs })).toMatchObject({ failed: [] });
    expect(server.mostAtOnce).toBe(jobs);
    server.mostAtOnce = 0;
    expect(await fetchObjects(dvcProject().cache, await open(), names, { jobs })).toMatchObject({ failed: [] });
    expect(server.mostAtOnce).toBe(jobs);
  });

  /** Runs the command, and returns how much memory it had at the most. */
  const memoryOf = async (root: string, command: string): Promise<number> => {
    const file = join(root, `${command}.memory`);
    const args = ["--import", join(CLONE, "test/support/print-memory.mjs"), BIN, command, "-q", "-j", "8"];
    const { code, stderr } = await runProgram(args, { cwd: root, env: { WAYMARK_TEST_MEMORY: file, HOME: root } });
    expect([code, stderr]).toEqual([0, ""]);
    return Number(readFileSync(file, "utf8"));
  };
  const project = (): string => {
    const settings = Object.entries(kind.options(server)).map(([key, value]) => `    ${key} = ${value}\n`);
    const remote = `['remote "r"']\n    url = ${kind.url(server)}\n${settings.join("")}`;
    return dvcProject({}, `[core]\n    remote = r\n    no_scm = true\n[cache]\n    type = hardlink\n${remote}`).root;
  };
  const put = (path: string, data: Uint8Array | string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  };
  const object = (root: string, md5: string): string =>
    join(root, ".dvc/cache/files/md5", md5.slice(0, 2), md5.slice(2));

  it.runIf(isLong || name === "HTTP")("take no more memory for a file that is larger than it", async () => {
    const root = project();
    const md5 = hashOfZeros(LARGE_BYTES);
    put(object(root, md5), "");
    truncateSync(object(root, md5), LARGE_BYTES);
    put(join(root, "big.dvc"), `outs:\n- md5: ${md5}\n  size: ${LARGE_BYTES}\n  hash: md5\n  path: big\n`);
    expect(await memoryOf(root, "push")).toBeLessThan(MEMORY_BYTES);
    rmSync(join(root, ".dvc/cache"), { recursive: true });
    expect(await memoryOf(root, "fetch")).toBeLessThan(MEMORY_BYTES);
  });

  it.runIf(isLong || name === "S3")("take no more memory for many files than for few", async () => {
    const root = project();
    const content = randomBytes(MANY.sizeBytes);
    const entries = Array.from({ length: MANY.files }, (_, at) => {
      content.writeUInt32LE(at);
      const md5 = createHash("md5").update(content).digest("hex");
      put(object(root, md5), content);
      return { md5, relpath: `${at}` };
    });
    const list = JSON.stringify(entries);
    const md5 = createHash("md5").update(list).digest("hex");
    put(`${object(root, md5)}.dir`, list);
    put(join(root, "many.dvc"), `outs:\n- md5: ${md5}.dir\n  nfiles: ${MANY.files}\n  hash: md5\n  path: many\n`);
    expect(await memoryOf(root, "push")).toBeLessThan(MEMORY_BYTES);
    rmSync(join(root, ".dvc/cache"), { recursive: true });
    expect(await memoryOf(root, "fetch")).toBeLessThan(MEMORY_BYTES);
  });
});

function hashOfZeros(sizeBytes: number): string {
  const hash = createHash("md5");
  const zeros = Buffer.alloc(MIB);
  for (let at = 0; at < sizeBytes; at += MIB) hash.update(zeros);
  return hash.digest("hex");
}
