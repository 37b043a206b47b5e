import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, CLONE } from "../../support/cli.ts";
import { hasMoto, startS3 } from "../../support/servers/s3.ts";
import { findProgram, type TestServer } from "../../support/servers/server.ts";
import { hasSshd, startSshd } from "../../support/servers/sshd.ts";
import { alternate, formatQuantity, ratiosOf, spreadOf } from "../measure.ts";
import { dvcProgram } from "../peer-dvc.ts";
import { absent, note, quantityAtMost, ratioAtLeast, ratioAtMost, type Figure, type Row } from "../row.ts";
import { type Scale, scaled } from "../section.ts";
import { timeProgram } from "../worker.ts";
import { makeSmallFiles } from "./small-files.ts";

/** As many as DVC can be waited for, alternating with ours of as many. */
const PEER_FILES = 1000;
const MEMORY_MB = 200;
const LIMIT = 1.3;
const PEER_LIMIT = 3;

/** A server on this machine, and the plain program that files are taken there and back with. */
interface FarEnd {
  readonly name: string;
  readonly server: TestServer;
  readonly env: Readonly<Record<string, string>>;
  /** The settings of a remote, with a place of its own for every round. */
  remote(place: string): Readonly<Record<string, string>>;
  /** `undefined` where it is not installed. */
  readonly plain: PlainProgram | undefined;
}

/** How long each way took, in milliseconds. */
interface Times {
  readonly push: number;
  readonly pull: number;
}

interface PlainProgram {
  readonly name: string;
  send(place: string): readonly string[];
  bring(place: string): readonly string[];
}

/** Row D7: many small files to a remote and back. */
export async function measureTransfers(scale: Scale): Promise<Row> {
  const count = Math.min(scale.files ?? Number.POSITIVE_INFINITY, scaled(scale, 10_000, 200));
  const rounds = Math.min(scale.rounds, 3);
  const figures: Figure[] = [];
  for (const [name, isThere, start] of [
    ["S3", hasMoto, startFarS3],
    ["SSH", hasSshd, startFarSsh],
  ] as const) {
    if (!isThere) {
      figures.push(absent(`push and pull over ${name}`, `≤ ${LIMIT} ×`, "there is no server for it"));
      continue;
    }
    const far = await start();
    try {
      figures.push(...(await measureEnd(far, count, rounds)));
    } finally {
      await far.server.stop();
    }
  }
  return { id: "D7", work: `push and pull of ${count.toLocaleString("en-US")} files of 10 kB`, figures };
}

async function measureEnd(far: FarEnd, count: number, rounds: number): Promise<readonly Figure[]> {
  const own = await makeTracked(count);
  const memoryFile = join(own, "..", `memory-${far.name}`);
  const memory: number[] = [];
  const ours = ["--import", join(CLONE, "test/support/print-memory.mjs"), BIN];
  const { waymark, plain } = await alternate(rounds, {
    waymark: async (round): Promise<Times | undefined> => {
      const env = { ...far.env, WAYMARK_TEST_MEMORY: memoryFile };
      return thereAndBack(own, [process.execPath, ...ours], far, `own-${round}`, env, () => {
        memory.push(Number(readFileSync(memoryFile, "utf8")) / 1e6);
      });
    },
    plain: async (round) => (far.plain === undefined ? undefined : plainly(own, far.plain, `plain-${round}`, far.env)),
  });
  const [ownTimes, bare] = [presentOf(waymark), presentOf(plain)];
  const sends = ownTimes.map(({ push }) => push);
  const brings = ownTimes.map(({ pull }) => pull);
  const against = far.plain?.name ?? "the plain program";
  const compared =
    bare.length === 0
      ? [absent(`over ${far.name}`, `≤ ${LIMIT} ×`, `${against} is not installed`)]
      : [
          ratioAtMost(
            `push over ${far.name}, against ${against}`,
            LIMIT,
            ratiosOf(
              sends,
              bare.map(({ push }) => push),
            ),
          ),
          ratioAtMost(
            `pull over ${far.name}, against ${against}`,
            LIMIT,
            ratiosOf(
              brings,
              bare.map(({ pull }) => pull),
            ),
          ),
        ];
  return [
    ...compared,
    quantityAtMost(`memory over ${far.name}`, MEMORY_MB, "MB", spreadOf(memory)),
    ...(await againstDvc(far, Math.min(count, PEER_FILES), Math.min(rounds, 2))),
    note(`push over ${far.name}`, seconds(sends)),
    note(`pull over ${far.name}`, seconds(brings)),
  ];
}

function presentOf<T>(list: readonly (T | undefined)[]): readonly T[] {
  return list.flatMap((item) => (item === undefined ? [] : [item]));
}

async function againstDvc(far: FarEnd, count: number, rounds: number): Promise<readonly Figure[]> {
  const dvc = dvcProgram();
  const what = `DVC against ours over ${far.name}, ${count.toLocaleString("en-US")} files`;
  if (dvc === undefined) return [absent(what, `≥ ${PEER_LIMIT} ×`, "DVC is not installed")];
  const project = await makeTracked(count);
  const { own, theirs } = await alternate(rounds, {
    own: async (round) => thereAndBack(project, [process.execPath, BIN], far, `peer-own-${round}`),
    theirs: async (round) => thereAndBack(project, [dvc], far, `peer-dvc-${round}`),
  });
  return (["push", "pull"] as const).map((verb) =>
    ratioAtLeast(
      `${verb}: ${what}`,
      PEER_LIMIT,
      ratiosOf(
        theirs.map((times) => times[verb]),
        own.map((times) => times[verb]),
      ),
    ),
  );
}

/** Pushes to a place that is empty, and pulls from there into a project that has nothing but its `.dvc` file. */
async function thereAndBack(
  cwd: string,
  command: readonly string[],
  far: FarEnd,
  place: string,
  env = far.env,
  onDone: () => void = () => {},
): Promise<Times> {
  const settings = Object.entries(far.remote(place)).map(([key, value]) => `    ${key} = ${value}\n`);
  const remote = `['remote "far"']\n${settings.join("")}`;
  writeFileSync(join(cwd, ".dvc/config"), `[core]\n    remote = far\n[cache]\n    type = hardlink\n${remote}`);
  const push = await timeProgram([...command, "push", "-q"], cwd, env);
  onDone();
  for (const path of ["data", ".dvc/cache", ".dvc/tmp"]) rmSync(join(cwd, path), { recursive: true, force: true });
  const pull = await timeProgram([...command, "pull", "-q"], cwd, env);
  onDone();
  return { push, pull };
}

async function plainly(cwd: string, program: PlainProgram, place: string, env: FarEnd["env"]): Promise<Times> {
  const push = await timeProgram(program.send(place), cwd, env);
  const pull = await timeProgram(program.bring(place), cwd, env);
  rmSync(join(cwd, "back"), { recursive: true, force: true });
  return { push, pull };
}

async function makeTracked(count: number): Promise<string> {
  const cwd = await makeSmallFiles(count, "hardlink");
  await timeProgram([process.execPath, BIN, "add", "-q", "data"], cwd);
  return cwd;
}

async function startFarS3(): Promise<FarEnd> {
  const server = await startS3();
  await server.makeBucket("bucket");
  const aws = process.env["WAYMARK_AWS"];
  const copy = (from: string, to: string): readonly string[] => {
    const options = ["--recursive", "--only-show-errors", "--endpoint-url", server.endpoint];
    return [aws ?? "aws", "s3", "cp", ...options, from, to];
  };
  return {
    name: "S3",
    server,
    env: server.env,
    remote: (place) => ({ url: `s3://bucket/${place}`, endpointurl: server.endpoint }),
    plain:
      aws === undefined
        ? undefined
        : {
            name: "`aws s3 cp --recursive`",
            send: (place) => copy("data", `s3://bucket/${place}`),
            bring: (place) => copy(`s3://bucket/${place}`, "back"),
          },
  };
}

async function startFarSsh(): Promise<FarEnd> {
  const server = await startSshd();
  const ssh = join(server.home, ".ssh");
  const login = `ssh -p ${server.port} -i ${ssh}/id_ed25519 -o BatchMode=yes -o UserKnownHostsFile=${ssh}/known_hosts`;
  const at = (place: string): string => `${server.user}@127.0.0.1:${join(server.data, place)}/`;
  return {
    name: "SSH",
    server,
    env: { HOME: server.home },
    remote: (place) => ({
      url: `ssh://${server.user}@127.0.0.1:${server.port}${join(server.data, place)}`,
      keyfile: join(ssh, "id_ed25519"),
    }),
    plain:
      findProgram("rsync") === undefined
        ? undefined
        : {
            name: "`rsync`",
            send: (place) => ["rsync", "-a", "-e", login, "data/", at(place)],
            bring: (place) => ["rsync", "-a", "-e", login, at(place), "back/"],
          },
  };
}

function seconds(ms: readonly number[]): string {
  return formatQuantity(spreadOf(ms.map((value) => value / 1000)), "s");
}
