import { mkdtempSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { KeepPolicy } from "@waymark/core";
import { InvalidDvcyamlError, InvalidOptionError, InvalidReportModeError, UnknownOptionError } from "../errors.ts";
import { loadMonitor } from "#lazy";
import type { LiveEffects, LiveOptions } from "../options.ts";
import { checkOptions } from "./check-arguments.ts";
import { type EnvironmentWishes, readEnvironment, readRank } from "./environment.ts";
import { Trouble } from "./trouble.ts";

/** Options after the environment and the defaults have had their say. Paths are absolute. */
export interface Settings {
  readonly cwd: string;
  /** As the script gave it; what properties and messages show. */
  readonly givenDir: string;
  readonly dir: string;
  readonly resume: boolean;
  readonly resumeFrom: string | undefined;
  readonly resumeMode: "trim" | "append";
  readonly report: "html" | "md" | undefined;
  readonly saveExp: boolean;
  /** Where dvc.yaml is, also when it is not written by itself. */
  readonly dvcFile: string;
  readonly writesDvcFile: boolean;
  readonly cacheImages: boolean;
  readonly expName: string | undefined;
  readonly expMessage: string | undefined;
  readonly totalSteps: number | undefined;
  readonly every: number;
  readonly keep: KeepPolicy;
  readonly timestamps: boolean;
  readonly onSecondWriter: "error" | "own-folder";
  /** Another rank logs for this process: nothing is written. */
  readonly isSilent: boolean;
  /** How late metrics.json may be while steps are fast, in milliseconds. */
  readonly publishIntervalMs: number;
  /** Plots may hold `NaN` and `Infinity` as DVCLive writes them. */
  readonly keepsNonFinite: boolean;
  readonly wishes: EnvironmentWishes;
  readonly effects: LiveEffects;
  readonly trouble: Trouble;
}

const PUBLISH_INTERVAL_MS = 100;

/**
 * Checks options and joins them with the environment, before anything is written.
 *
 * @throws {@link InvalidOptionError} and its like for a value an option cannot have.
 */
export function readSettings(options: LiveOptions): Settings {
  checkTypes(options);
  const env = options.env ?? process.env;
  const effects = { ...defaultEffects(env), ...options.effects };
  const trouble = new Trouble(effects);
  const cwd = resolve(options.cwd ?? process.cwd());
  const wishes = readEnvironment(env, cwd, trouble);
  checkLogLevel(env, trouble);
  const isDvclive = options.compat === "dvclive";
  const rank = readRank(env) ?? 0;
  const baseDir = options.dir ?? wishes.dir ?? (isDvclive ? "dvclive" : "live");
  const givenDir = options.ranks === "all" && rank > 0 ? join(baseDir, `rank-${rank}`) : baseDir;
  const testFolder = wishes.isTest ? mkdtempSync(join(tmpdir(), "waymark-test-")) : undefined;
  if (testFolder !== undefined) {
    trouble.warn("test", `DVCLIVE_TEST is set: everything is written to '${testFolder}' and nothing is saved.`);
  }
  const resume = options.resume ?? wishes.resume;
  const dvcyaml = options.dvcyaml ?? true;
  const isFirst = rank === 0;
  return {
    cwd,
    givenDir,
    dir: resolve(testFolder ?? cwd, testFolder === undefined ? givenDir : basename(givenDir)),
    // `resume: false` in the script gives way to a runner that continues it, as in DVCLive.
    resume: !wishes.isFresh && (resume !== false || wishes.resume !== false),
    resumeFrom: wishes.isFresh
      ? undefined
      : typeof resume === "string"
        ? resume
        : typeof wishes.resume === "string"
          ? wishes.resume
          : undefined,
    resumeMode: options.resumeMode ?? (isDvclive ? "append" : "trim"),
    report: options.report,
    saveExp: (options.saveExp ?? true) && testFolder === undefined && isFirst,
    dvcFile: resolve(testFolder ?? cwd, typeof dvcyaml === "string" ? dvcyaml : "dvc.yaml"),
    writesDvcFile: dvcyaml !== false && isFirst,
    cacheImages: options.cacheImages ?? false,
    expName: options.expName ?? wishes.experimentName,
    expMessage: options.expMessage,
    totalSteps: options.totalSteps,
    every: options.every ?? 1,
    keep: keepPolicy(options.keep),
    timestamps: options.timestamps ?? false,
    onSecondWriter: options.onSecondWriter ?? "error",
    isSilent: !isFirst && options.ranks !== "all",
    publishIntervalMs: isDvclive ? 0 : PUBLISH_INTERVAL_MS,
    keepsNonFinite: isDvclive,
    wishes,
    effects,
    trouble,
  };
}

/** Every option there is; the compiler sees to it that none is missing. */
const NAMES = {
  ...{ dir: 1, resume: 1, resumeMode: 1, report: 1, saveExp: 1, dvcyaml: 1, cacheImages: 1, expName: 1, expMessage: 1 },
  ...{ monitorSystem: 1, totalSteps: 1, every: 1, keep: 1, timestamps: 1, compat: 1, ranks: 1, onSecondWriter: 1 },
  ...{ tracker: 1, env: 1, cwd: 1, effects: 1 },
} satisfies Record<keyof LiveOptions, 1>;

function checkTypes(options: LiveOptions): void {
  checkOptions(options, "the folder of the run or an object");
  for (const name of Object.keys(options)) {
    // A `resum: true` that went unnoticed would clear the run away instead of continuing it.
    if (!Object.hasOwn(NAMES, name)) throw new UnknownOptionError(name, Object.keys(NAMES));
  }
  const expect = (name: keyof LiveOptions, isRight: (value: unknown) => boolean, expected: string): void => {
    const value: unknown = options[name];
    if (value !== undefined && !isRight(value)) throw new InvalidOptionError(name, value, expected);
  };
  const isText = (value: unknown): boolean => typeof value === "string" && value !== "" && !value.includes("\0");
  const isFlag = (value: unknown): boolean => typeof value === "boolean";
  const isCount = (value: unknown): boolean => typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
  const isOneOf =
    (...words: readonly string[]) =>
    (value: unknown): boolean =>
      typeof value === "string" && words.includes(value);
  expect("dir", isText, "a path");
  expect("cwd", isText, "a path");
  expect("resume", (value) => isFlag(value) || isText(value), "true, false, NAME or NAME@STEP");
  expect("resumeMode", isOneOf("trim", "append"), '"trim" or "append"');
  if (options.report !== undefined && options.report !== null && !["html", "md"].includes(options.report)) {
    throw new InvalidReportModeError(options.report);
  }
  const { dvcyaml } = options;
  if (dvcyaml !== undefined && dvcyaml !== null && typeof dvcyaml !== "boolean") {
    if (typeof dvcyaml !== "string" || basename(dvcyaml) !== "dvc.yaml") throw new InvalidDvcyamlError(dvcyaml);
  }
  for (const name of ["saveExp", "cacheImages", "timestamps"] as const) expect(name, isFlag, "true or false");
  expect("expName", isText, "a name");
  expect("expMessage", isText, "a message");
  expect("monitorSystem", (value) => isFlag(value) || (typeof value === "object" && value !== null), "true or options");
  const { monitorSystem } = options;
  if (typeof monitorSystem === "object") loadMonitor().checkMonitorOptions(monitorSystem);
  expect("totalSteps", isCount, "a whole number of at least 1");
  expect("every", isCount, "a whole number of at least 1");
  expect("compat", isOneOf("dvclive"), '"dvclive"');
  expect("ranks", isOneOf("first", "all"), '"first" or "all"');
  expect("onSecondWriter", isOneOf("error", "own-folder"), '"error" or "own-folder"');
}

function keepPolicy(keep: LiveOptions["keep"]): KeepPolicy {
  const expected = '"all", a number of checkpoints, or { kind: "best", metric, goal }';
  if (keep === undefined || keep === "all") return { kind: "all" };
  if (typeof keep === "number") return keepPolicy({ kind: "last", count: keep });
  if (typeof keep !== "object" || keep === null) throw new InvalidOptionError("keep", keep, expected);
  switch (keep.kind) {
    case "all":
      return keep;
    case "last":
      if (Number.isSafeInteger(keep.count) && keep.count >= 1) return keep;
      throw new InvalidOptionError("keep", keep.count, "a whole number of at least 1");
    case "best":
      if (typeof keep.metric === "string" && keep.metric !== "" && ["min", "max"].includes(keep.goal)) return keep;
      throw new InvalidOptionError("keep", keep.metric, 'a metric and the goal "min" or "max"');
    default:
      throw new InvalidOptionError("keep", keep, expected);
  }
}

const QUIET_LEVELS = ["ERROR", "CRITICAL", "FATAL"];
const LEVELS = ["NOTSET", "DEBUG", "INFO", "WARN", "WARNING", ...QUIET_LEVELS];

function logLevel(env: LiveOptions["env"]): string {
  return (env?.["WAYMARK_LOG_LEVEL"] ?? env?.["DVCLIVE_LOGLEVEL"] ?? "").trim().toUpperCase();
}

function checkLogLevel(env: LiveOptions["env"], trouble: Trouble): void {
  const level = logLevel(env);
  if (level !== "" && !LEVELS.includes(level)) {
    trouble.warn("log level", `Log level '${level}' is unknown; one of ${LEVELS.join(", ")} is expected.`);
  }
}

function defaultEffects(env: LiveOptions["env"]): LiveEffects {
  const isQuiet = QUIET_LEVELS.includes(logLevel(env));
  const say = (line: string): void => {
    try {
      // Not `process.stderr`: a closed pipe would end the process by an error event that nobody here can catch.
      writeSync(2, `${line}\n`);
    } catch {
      // Nobody listens any more; the training goes on.
    }
  };
  return {
    warn: (message) => {
      if (!isQuiet) say(`waymark: warning: ${message}`);
    },
    inform: (message) => {
      if (!isQuiet) say(`waymark: ${message}`);
    },
    nowMs: Date.now,
  };
}
