import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { float, int, Live } from "@waymark/live";
import { parse } from "yaml";
import { afterAll, describe, expect, test } from "vitest";
import { listFiles } from "../support/checker.ts";
import { isLong, seededRandom } from "../support/fault-run.ts";
import { runPython } from "../support/python.ts";

const SCRIPT = fileURLToPath(new URL("scripts/dvclive_calls.py", import.meta.url));
const TRIALS = isLong ? 60 : 12;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A number with its kind, as both languages can make it. */
type Typed = { readonly float: string } | { readonly int: string } | string | boolean | null | readonly Typed[];

interface Call {
  readonly call: "metric" | "param" | "plot" | "sklearn" | "artifact" | "step" | "setstep";
  readonly name?: string;
  readonly value?: Typed;
  readonly plot?: boolean;
  readonly rows?: readonly Readonly<Record<string, Typed>>[];
  readonly y?: string | readonly string[];
  readonly template?: string;
  readonly title?: string | null;
  readonly kind?: "roc" | "precision_recall" | "det" | "calibration" | "confusion_matrix";
  readonly labels?: readonly number[] | readonly string[];
  readonly scores?: readonly Typed[];
  readonly path?: string;
  readonly step?: number;
}

interface RunCalls {
  readonly resume: boolean;
  readonly calls: readonly Call[];
}

/** Draws the calls of a run; names and values are such as both loggers accept. */
function drawCalls(random: () => number): readonly Call[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  // A series keeps one kind of number: where JavaScript sees 1, Python saw 1 or 1.0.
  const floats = [
    "0.1",
    "1.0",
    "1e-05",
    "1e+16",
    "123456789012345.0",
    "0.3333333333333333",
    "-0.0",
    "5e-324",
    "nan",
    "inf",
    "-inf",
  ];
  const ints = ["0", "1", "-7", "9007199254740993", "100000000000000000000"];
  const calls: Call[] = [];
  const count = 10 + Math.floor(random() * 40);
  for (let index = 0; index < count; index += 1) {
    const draw = random();
    if (draw < 0.4) {
      const isFloat = random() < 0.7;
      const value: Typed =
        random() < 0.08
          ? pick(["word", "two words", 'tab\there "q"'])
          : isFloat
            ? { float: pick(floats) }
            : { int: pick(ints) };
      const name =
        typeof value === "string"
          ? "text"
          : isFloat
            ? pick(["loss", "train/loss", "a/b/c", "a.b.c", "ünï/cödé"])
            : pick(["count", "train/count"]);
      calls.push({ call: "metric", name, value, plot: random() < 0.9 });
    } else if (draw < 0.55) {
      const value: Typed = pick<Typed>([
        { float: "0.001" },
        { int: "64" },
        true,
        "yes",
        "1e5",
        "it's",
        "a: b",
        "",
        null,
        [{ int: "1" }, [{ float: "2.0" }, "x"]],
        "ü",
        "tab\t",
        "-",
      ]);
      calls.push({ call: "param", name: pick(["lr", "layers", "model.name", "a b", "null"]), value });
    } else if (draw < 0.62) {
      const rows = Array.from({ length: Math.floor(random() * 4) + 1 }, (_, at) => ({
        x: { int: `${at}` },
        y: { float: pick(["0.5", "1.0", "2.25"]) },
      }));
      calls.push({
        call: "plot",
        name: pick(["imp", "deep/imp"]),
        rows,
        y: "y",
        template: "linear",
        title: null,
      });
    } else if (draw < 0.69) {
      const labels = [0, 1, 1, 0, 1, ...Array.from({ length: 6 }, () => Math.round(random()))];
      const kind = pick(["roc", "precision_recall", "det", "calibration", "confusion_matrix"] as const);
      const scores =
        kind === "confusion_matrix"
          ? labels.map(() => ({ int: `${Math.round(random())}` }))
          : labels.map(() => ({ float: `${random()}` }));
      calls.push({ call: "sklearn", kind, name: kind, labels, scores });
    } else if (draw < 0.72) calls.push({ call: "artifact", path: "model.pt", name: "my-model", labels: ["a", "b"] });
    else if (draw < 0.75) calls.push({ call: "setstep", step: Math.floor(random() * 5) });
    else calls.push({ call: "step" });
  }
  return calls;
}

function typed(value: Typed | undefined): unknown {
  if (Array.isArray(value)) return value.map((item: Typed) => typed(item));
  if (typeof value !== "object" || value === null) return value;
  if ("float" in value) return float(Number(value.float.replace("inf", "Infinity")));
  return "int" in value ? int(BigInt(value.int)) : value;
}

function makeCalls(cwd: string, runs: readonly RunCalls[]): void {
  for (const { resume, calls } of runs) {
    const live = new Live({
      cwd,
      resume,
      compat: "dvclive",
      saveExp: false,
      env: {},
      effects: { inform: () => undefined },
    });
    for (const call of calls) makeCall(live, cwd, call);
    live.end();
  }
}

function makeCall(live: Live, cwd: string, call: Call): void {
  const { name = "" } = call;
  switch (call.call) {
    case "metric":
      live.logMetric(name, typed(call.value) as number, { plot: call.plot ?? true });
      return;
    case "param":
      live.logParam(name, typed(call.value));
      return;
    case "plot": {
      const rows = (call.rows ?? []).map((row) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typed(value)])),
      );
      live.logPlot(name, rows, { x: "x", y: call.y ?? "y", template: call.template ?? "linear" });
      return;
    }
    case "sklearn": {
      const scores = (call.scores ?? []).map((score) => Number(typed(score)));
      live.logClassification(call.kind ?? "roc", call.labels ?? [], scores, { name });
      return;
    }
    case "artifact":
      live.logArtifact(join(cwd, call.path ?? ""), { type: "model", name, labels: ["a", "b"], cache: false });
      return;
    case "step":
      live.nextStep();
      return;
    case "setstep":
      live.step = call.step ?? 0;
  }
}

function newProject(): string {
  const project = mkdtempSync(join(tmpdir(), "waymark-interop-"));
  folders.push(project);
  runPython(project, ["-m", "dvc", "init", "--no-scm", "-q"]);
  writeFileSync(join(project, "model.pt"), "weights");
  return project;
}

/**
 * Where the two differ on purpose (docs/formats.md):
 * - dvc.yaml that exists is edited in place: its entries are the same, their order may not be; a resumed run keeps
 *   the plots of the run before, which DVCLive forgets; a plot logged again with other settings takes them over.
 * - Params whose names are whole numbers come first: JavaScript objects keep them so. (Not drawn here.)
 */
function readTree(project: string, isResumed: boolean): Readonly<Record<string, unknown>> {
  // State of the tools' own, which neither reads of the other.
  const paths = listFiles(project, (path) => /(?:^|\/)\.(?:dvc|waymark)$/.test(path) || path === "calls.json");
  return Object.fromEntries(
    paths.map((path) => {
      const text = readFileSync(join(project, path), "utf8");
      return [path, path === "dvc.yaml" ? comparableDvcYaml(text, isResumed) : text];
    }),
  );
}

function comparableDvcYaml(text: string, isResumed: boolean): unknown {
  const content = parse(text) as Record<string, unknown>;
  const plots = ((content["plots"] ?? []) as readonly unknown[]).map((plot) => JSON.stringify(plot)).sort();
  return { ...content, plots: isResumed ? [] : plots };
}

describe("the same calls made with DVCLive", () => {
  test.each(Array.from({ length: TRIALS }, (_, index) => index + 1))(
    "leave the same files, byte for byte (seed %i)",
    { timeout: 120_000 },
    (seed) => {
      const random = seededRandom(seed);
      const runs = [
        { resume: false, calls: drawCalls(random) },
        ...(random() < 0.4 ? [{ resume: true, calls: drawCalls(random) }] : []),
      ];
      const theirs = newProject();
      const ours = newProject();
      writeFileSync(join(theirs, "calls.json"), JSON.stringify(runs));
      runPython(theirs, [SCRIPT, "calls.json"]);
      makeCalls(ours, runs);
      expect(readTree(ours, runs.length > 1)).toEqual(readTree(theirs, runs.length > 1));
    },
  );
});
