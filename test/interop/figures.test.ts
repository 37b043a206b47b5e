import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { dvc, INTEROP_ENV, PYTHON } from "../support/python.ts";
import { interopRepo, trainIn } from "./project.ts";

const TIMEOUT_MS = 240_000;
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

interface Answer {
  readonly code: number | null;
  readonly stdout: string;
}

function theirs(cwd: string, args: readonly string[]): Answer {
  const { status, stdout } = spawnSync(PYTHON, ["-m", "dvc", ...args], { cwd, env: INTEROP_ENV, encoding: "utf8" });
  return { code: status, stdout };
}

/** What both tools print for a command with `--json`, with what may differ taken out. */
async function bothJson(
  cwd: string,
  args: readonly string[],
): Promise<{ readonly dvc: unknown; readonly own: unknown }> {
  const real = theirs(cwd, [...args, "--json"]);
  const own = await runHere(cwd, [...args, "--json"]);
  return {
    dvc: { code: real.code, json: comparable(parse(real.stdout)) },
    own: { code: own.code, json: comparable(parse(own.stdout)) },
  };
}

function parse(stdout: string): unknown {
  return stdout.trim() === "" ? undefined : (JSON.parse(stdout.replaceAll(/\bNaN\b/g, '"NaN"')) as unknown);
}

type Members = Record<string, unknown>;

/**
 * Messages of errors are ours. Built-in templates are ours, too, so of a filled one the data counts, and of an open one
 * the anchors that are left open.
 */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const members = value as Members;
  if ("type" in members && "msg" in members) return { ...members, msg: "" };
  if (members["type"] === "vega") return comparableChart(members);
  const result = Object.fromEntries(Object.entries(members).map(([key, item]) => [key, comparable(item)]));
  if (Array.isArray(result["errors"])) {
    result["errors"] = (result["errors"] as unknown[]).toSorted((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
    );
  }
  return result;
}

function comparableChart({ content, ...rest }: Members): unknown {
  const { data, mine } = content as { readonly data?: unknown; readonly mine?: unknown };
  // A template of the user's is theirs and ours alike.
  if (mine !== undefined) return { ...rest, content };
  const open = [...new Set(JSON.stringify(content).match(/<DVC_METRIC_\w+>/g))].toSorted();
  return { ...rest, data, open };
}

const FILES: Readonly<Record<string, string>> = {
  ".gitignore": "/dvc_plots\n",
  "params.yaml":
    'lr: 0.1\nnet:\n  layers: [64, 32]\n  act: relu\n  on: true\n  none:\n  "it\'s": "a \\"b\\""\nbig: 123456789012345678901\nitems: [a, b]\n',
  "vars.yaml": "top: {z: 1, y: 2}\nunused: 3\n",
  "other.toml": 'a = 1\nb = 2.0\nt = [1, 2.5, "x"]\n',
  "conf.py": "A = 1\nclass Train:\n    lr = 0.5\n    names = ['x', 'y']\n",
  "flat.json": '{"q": [1, {"a": null, "b": "x", "c": true}], "nan": NaN, "é": "ü"}',
  "broken.yaml": "a: [1\n",
  "metrics.json": '{"acc": 0.123456789, "n": 3, "list": [1], "null": null, "nest": {"ok": true, "s": "t", "e": {}}}',
  "m2.yaml": "f: 123456.789\nz: 0\nt: 2.5e-05\nhalf: 0.000125\nmonths: {jan: 1, feb: 2}\n",
  "scalar.json": "5\n",
  "text.yaml": "just text\n",
  "zero.json": "0\n",
  "bad.json": "{",
  "many/one.json": '{"a": 1}',
  "many/deep/two.yaml": "b: 2.0\n",
  "dvc.yaml": `vars:
- vars.yaml
stages:
  train:
    cmd: python gen.py \${top.z}
    deps:
    - gen.py
    params:
    - lr
    - net.layers
    - other.toml:
      - a
    - conf.py:
      - Train.lr
    outs:
    - model.bin
    metrics:
    - cached.json
    - metrics.json:
        cache: false
    plots:
    - stage.csv:
        cache: false
        x: step
        template: simple
    - cached-plots
    - noheader.csv:
        cache: false
        header: false
    - img.png:
        cache: false
  each:
    foreach: \${items}
    do:
      cmd: python -c "open('\${item}.json', 'w').write('{\\"v\\":1}')"
      metrics:
      - \${item}.json:
          cache: false
metrics:
- m2.yaml
- scalar.json
- text.yaml
- zero.json
- many
- bad.json
- gone.json
params:
- flat.json
- broken.yaml
plots:
- plots
- plots/deep:
    template: scatter
    title: Deep
- two files:
    x: step
    y:
      a.csv: loss
      sub/b.csv: [loss, acc]
    y_label: value
- same field:
    y:
      sub/b.csv: loss
      sub/c.csv: loss
- own x:
    x: {a.csv: step}
    y: {sub/b.csv: acc}
    title: T.[x]
- several x:
    x:
      a.csv: step
      sub/b.csv: acc
    y:
      a.csv: loss
      sub/b.csv: loss
- too many x:
    x: {a.csv: step, sub/b.csv: loss}
    y: {a.csv: loss}
- different lengths:
    x: {long.csv: step}
    y: {a.csv: loss}
- wrong field:
    y: {a.csv: nothing}
- a.csv:
    x: step
    y: [loss, acc]
- nested.json:
    y: v
- data.yaml
- data.toml
- missing.csv
- what.txt
- broken.json
- dots.json:
    x: a.b[0]
    y: c.d
- own:
    template: mine
    y: {a.csv: acc}
- own path:
    template: templates/path.json
    x: step
    y: {a.csv: [loss, acc]}
- no anchors:
    template: templates/bare.json
    y: {sub/b.csv: loss, sub/c.csv: acc}
`,
  "gen.py": `import base64, json, os, sys
z = int(sys.argv[1])
open("model.bin", "w").write(str(z))
json.dump({"auc": z / 3, "runs": z}, open("cached.json", "w"))
json.dump({"acc": 0.123456789 * z, "n": 3, "list": [1], "null": None, "nest": {"ok": z == 1, "s": "t", "e": {}}}, open("metrics.json", "w"))
open("stage.csv", "w").write("step,loss\\n0,1\\n1,%s\\n" % (0.5 / z))
os.makedirs("cached-plots/in", exist_ok=True)
open("cached-plots/p.csv", "w").write("x,y\\n1,%d\\n" % z)
open("cached-plots/in/q.json", "w").write(json.dumps([{"x": 1, "y": z}, {"x": 2}]))
open("noheader.csv", "w").write("1,2.5,3\\n4,5,%d\\n" % z)
open("img.png", "wb").write(base64.b64decode("${PNG.toString("base64")}"))
`,
  "plots/p.csv": 'step,"lo""ss", acc\r\n0,1,\r\n1,"0,5\n",x\r\n\r\n2\r\n',
  "plots/deep/q.json": '[{"x": 1, "y": 2.0}, {"x": 2, "y": 1e-7}]',
  "plots/deep/more/r.yml": "- {s: 1, t: 5}\n- {s: 2, t: 6.5}\n",
  "a.csv": "step,loss,acc\n0,3,0.5\n1,0.25,0.75\n",
  "long.csv": "step\n0\n1\n2\n",
  "sub/b.csv": "step,loss,acc\n0,2,0\n1,1.5,0.25\n",
  "sub/c.csv": "loss,acc\n2,0\n1.5,0.25\n",
  "sub/dvc.yaml":
    "plots:\n- b.csv:\n    y: acc\n- ../a.csv\n- two files:\n    y:\n      c.csv: acc\nmetrics:\n- m.json\nparams:\n- p.yaml\n",
  "sub/m.json": '{"inner": 1}',
  "sub/p.yaml": "k: 1\n",
  "nested.json": '{"a": {"b": [{"v": 1}, {"v": 2}]}, "c": [{"w": 3}, {"w": 4}], "d": [{"o": 1}, {"p": 2}], "e": 5}',
  "data.yaml": "rows:\n- {s: 0, v: 1.0}\n- {s: 1, v: 0x1F}\n",
  "data.toml": "[[rows]]\ns = 0\nv = 1.5\n[[rows]]\ns = 1\nv = 2\n",
  "what.txt": "no plot\n",
  "broken.json": "[{",
  "dots.json": '[{"a.b[0]": 1, "c.d": 2}, {"a.b[0]": 2, "c.d": 3}]',
  ".dvc/plots/mine.json": JSON.stringify({
    mine: true,
    title: "Of <DVC_METRIC_TITLE>",
    data: { values: "<DVC_METRIC_DATA>" },
    encoding: {
      x: { field: "<DVC_METRIC_X>", title: "<DVC_METRIC_X_LABEL>" },
      y: { field: "<DVC_METRIC_Y>", title: "<DVC_METRIC_Y_LABEL>" },
      color: "<DVC_METRIC_COLOR>",
      row: "<DVC_METRIC_ROW>",
      other: "<DVC_METRIC_UNKNOWN>",
    },
    list: ["<DVC_METRIC_TOOLTIP>", "<DVC_METRIC_GROUP_BY_X>", 1, null],
  }),
  "templates/path.json": JSON.stringify({
    mine: true,
    data: { values: "<DVC_METRIC_DATA>" },
    group: "<DVC_METRIC_GROUP_BY>",
    y: "<DVC_METRIC_GROUP_BY_Y>",
    pivot: "<DVC_METRIC_PIVOT_FIELD>",
    dash: "<DVC_METRIC_STROKE_DASH>",
    shape: "<DVC_METRIC_SHAPE>",
    column: "<DVC_METRIC_COLUMN>",
    size: ["<DVC_METRIC_PLOT_WIDTH>", "<DVC_METRIC_PLOT_HEIGHT>"],
    zoom: "<DVC_METRIC_ZOOM_AND_PAN>",
  }),
  "templates/bare.json": JSON.stringify({ mine: true, data: { values: "<DVC_METRIC_DATA>" }, y: "<DVC_METRIC_Y>" }),
};

describe("a project that DVC made, reproduced and changed", { timeout: TIMEOUT_MS }, () => {
  let repo: GitRepo;

  beforeAll(() => {
    repo = interopRepo();
    dvc(repo.root, "init", "--quiet");
    for (const [path, content] of Object.entries(FILES)) repo.write(path, content);
    repo.write("plots/samples/2.png", PNG);
    repo.write("plots/samples/10.jpeg", PNG);
    dvc(repo.root, "repro", "--quiet");
    repo.commitAll("first");
    repo.git("tag", "v1");
    repo.git("branch", "same");
    repo.write("vars.yaml", "top: {z: 2, y: 5}\nunused: 4\n");
    repo.write(
      "params.yaml",
      FILES["params.yaml"]?.replace("0.1", "0.2").replace("64", "128").replace("on: true", "new: 1") ?? "",
    );
    dvc(repo.root, "repro", "--quiet");
    repo.commitAll("second");
    repo.write("vars.yaml", "top: {z: 3, y: 6}\n");
    repo.write("other.toml", 'a = 1.0\nb = 3\nt = [2, 2.5, "x"]\n');
    repo.write("conf.py", "A = True\nclass Train:\n    lr = 0.25\n    names = ['x']\n");
    repo.write("metrics.json", '{"acc": 0.5, "n": 3.0, "nest": {"ok": 1, "s": 2}}');
    repo.write("scalar.json", "7\n");
    repo.write("a.csv", "step,loss,acc\n0,3,0.5\n1,0.25,1\n");
    repo.write("many/new.json", '{"c": "x"}');
    repo.remove("cached.json");
    repo.remove("cached-plots");
    repo.remove("many/one.json");
  }, TIMEOUT_MS);

  test.each([
    ["params diff"],
    ["params diff --all"],
    ["params diff --deps"],
    ["params diff v1 HEAD"],
    ["params diff v1 HEAD --all --deps"],
    ["params diff --targets params.yaml conf.py gone.yaml"],
    ["params diff --targets other.toml --all"],
    ["params diff HEAD nothing"],
    ["metrics show"],
    ["metrics show -a"],
    ["metrics show -a -T"],
    ["metrics show -A"],
    ["metrics show metrics.json gone.json many"],
    ["metrics diff"],
    ["metrics diff --all"],
    ["metrics diff v1"],
    ["metrics diff v1 HEAD --all"],
    ["metrics diff --targets many m2.yaml"],
    ["plots show"],
    ["plots show --split"],
    ["plots diff"],
    ["plots diff --split v1"],
    ["plots diff v1 HEAD --targets stage.csv"],
    ["plots diff HEAD v1 workspace --targets own --split"],
    ["plots diff nothing"],
    ["plots show a.csv"],
    ["plots show sub/c.csv -x loss -y acc -t scatter --title T --x-label X --y-label Y"],
    ["plots show nothing.csv"],
    ["plots show plots/deep two"],
    ["plots show dvc.yaml::own"],
    ["plots show noheader.csv"],
    ["plots show plots/p.csv --no-header --split"],
    ["plots show -t bar_horizontal --split a.csv"],
    ["plots show -t confusion --split a.csv"],
    ["plots show -t confusion_normalized --split a.csv"],
    ["plots show -t scatter_jitter --split a.csv"],
    ["plots show -t smooth --split a.csv"],
    ["plots show -t simple --split a.csv"],
    ["plots show -t bar_horizontal_sorted --split a.csv"],
  ])("%s --json is what DVC prints", async (line) => {
    const { dvc: real, own } = await bothJson(repo.root, line.split(" "));
    expect(own).toEqual(real);
  });

  test.each([["params diff v1"], ["metrics show"], ["metrics diff v1"], ["plots show two b.csv --split"]])(
    "%s --json in a folder of the project is what DVC prints there",
    async (line) => {
      const { dvc: real, own } = await bothJson(repo.path("sub"), line.split(" "));
      expect(own).toEqual(real);
    },
  );

  test.each([
    ["params diff v1 --targets params.yaml"],
    ["params diff v1 --targets params.yaml --md"],
    ["params diff v1 --targets params.yaml --no-path"],
    ["metrics show"],
    ["metrics show --md"],
    ["metrics show -a --precision 2"],
    ["metrics diff --targets m2.yaml --all"],
    ["metrics diff v1 HEAD --targets metrics.json"],
    ["metrics diff v1 HEAD --targets metrics.json --md --precision 3 --no-path"],
    ["plots templates"],
  ])("%s prints the text that DVC prints", async (line) => {
    const own = await runHere(repo.root, line.split(" "));
    expect({ code: own.code, stdout: own.stdout }).toEqual(theirs(repo.root, line.split(" ")));
  });

  test("plots modify leaves a stage that DVC takes for what it was told", async () => {
    const text =
      "stages:\n  a:\n    cmd: echo\n    outs:\n    - o.csv\n    plots:\n    - p.csv:\n        x: s\n        y: t\n";
    const lines = [
      "plots modify o.csv -x s -t simple --no-header",
      "plots modify p.csv -y u --title T",
      "plots modify p.csv --unset x",
    ];
    const result = async (run: (args: readonly string[]) => unknown): Promise<unknown> => {
      const other = interopRepo();
      dvc(other.root, "init", "--quiet");
      other.write("dvc.yaml", text);
      place = other.root;
      for (const line of lines) await run(line.split(" "));
      return JSON.parse(dvc(other.root, "plots", "show", "--json", "--split"));
    };
    let place = "";
    const own = await result(async (args) => runHere(place, args));
    const real = await result((args) => theirs(place, args));
    expect(comparable(own)).toEqual(comparable(real));
  });
});

describe("a project that our logger made", { timeout: TIMEOUT_MS }, () => {
  test.each([
    ["params diff --all"],
    ["metrics show"],
    ["metrics diff"],
    ["plots show"],
    ["plots diff --split"],
    ["plots diff brave-bat calm-cod"],
    ["metrics diff brave-bat calm-cod"],
    ["params diff brave-bat --all"],
  ])("%s --json is the same of both", async (line) => {
    const repo = interopRepo();
    await trainIn(repo, "brave-bat", 3);
    repo.commitAll("trained");
    await trainIn(repo, "calm-cod", 4);
    const { dvc: real, own } = await bothJson(repo.root, line.split(" "));
    expect(own).toEqual(real);
  });
});
