import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";
import { runHere, type Answer } from "../support/in-process.ts";

const FILES = {
  ".dvc/config": "",
  "dvc.yaml":
    "plots:\n- a.csv:\n    x: step\n    y: loss\n    template: simple\n- two:\n    y: {a.csv: loss, b.csv: loss}\n- gone.csv\n",
  "a.csv": "step,loss\n0,2\n1,1\n",
  "b.csv": "step,loss\n0,3\n1,2\n",
};

function run(repo: GitRepo, line: string, folder = "."): Promise<Answer> {
  return runHere(repo.path(folder), line.split(" "));
}

function pageOf({ stdout }: Answer): string {
  return readFileSync(fileURLToPath(stdout.trim()), "utf8");
}

/** A page without its script, which is the same in all of them. */
function bodyOf(answer: Answer): string {
  return pageOf(answer)
    .replace(/^.*<main>/su, "")
    .replace(/<\/main>.*$/su, "");
}

describe("plots show --json", () => {
  test("prints figures with their data, and what is wrong with the others", async () => {
    const { code, stdout, stderr } = await run(gitRepo(FILES), "plots show --json --split");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { data, errors } = JSON.parse(stdout) as { data: Record<string, { content?: unknown }[]>; errors: unknown };
    for (const items of Object.values(data)) for (const item of items) delete item.content;
    expect(data["a.csv"]).toMatchInlineSnapshot(`
      [
        {
          "anchor_definitions": {
            "<DVC_METRIC_COLOR>": {
              "field": "rev",
              "scale": {
                "domain": [
                  "workspace",
                ],
                "range": [
                  "#945dd6",
                ],
              },
            },
            "<DVC_METRIC_DATA>": [
              {
                "loss": "2",
                "rev": "workspace",
                "step": "0",
              },
              {
                "loss": "1",
                "rev": "workspace",
                "step": "1",
              },
            ],
            "<DVC_METRIC_PLOT_HEIGHT>": 300,
            "<DVC_METRIC_PLOT_WIDTH>": 300,
            "<DVC_METRIC_TITLE>": "a.csv",
            "<DVC_METRIC_TOOLTIP>": [
              {
                "field": "rev",
              },
              {
                "field": "step",
              },
              {
                "field": "loss",
              },
            ],
            "<DVC_METRIC_X_LABEL>": "step",
            "<DVC_METRIC_Y_LABEL>": "loss",
            "<DVC_METRIC_ZOOM_AND_PAN>": {
              "bind": "scales",
              "name": "grid",
              "select": "interval",
            },
          },
          "revisions": [
            "workspace",
          ],
          "type": "vega",
        },
      ]
    `);
    expect(data["gone.csv"]).toEqual([]);
    expect(errors).toEqual([
      {
        ...{ name: "gone.csv", rev: "workspace", source: "gone.csv" },
        ...{ type: "FileNotFoundError", msg: "No such file: 'gone.csv'" },
      },
    ]);
  });

  test("writes images into the folder and names their files", async () => {
    const repo = gitRepo({ ...FILES, "dvc.yaml": "plots:\n- sub\n", "sub/i.png": "PNG" });
    repo.git("branch", "feature/x");
    const { stdout } = await run(repo, "plots diff --json feature/x -o out");
    const paths = [repo.path("out/workspace_sub_i.png"), repo.path("out/feature_x_sub_i.png")];
    expect(JSON.parse(stdout)).toEqual({
      data: {
        "sub/i.png": [
          { type: "image", revisions: ["workspace"], url: paths[0] },
          { type: "image", revisions: ["feature/x"], url: paths[1] },
        ],
      },
    });
    expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(["PNG", "PNG"]);
  });

  test("prints an empty object where there is nothing", async () => {
    const repo = gitRepo({ ".dvc/config": "" });
    expect((await run(repo, "plots show --json")).stdout).toBe("{}\n");
    expect((await run(gitRepo({}), "plots diff --json")).stdout).toBe("{}\n");
  });

  test("a revision that cannot be read is an error beside the others", async () => {
    const repo = gitRepo({ ...FILES, "dvc.yaml": "plots: [" });
    repo.write("dvc.yaml", "plots:\n- a.csv\n");
    const { errors } = JSON.parse((await run(repo, "plots diff --json")).stdout) as { errors: unknown[] };
    expect(errors).toEqual([{ rev: "HEAD", type: "YAMLSyntaxError", msg: expect.any(String) as string }]);
  });
});

describe("plots show --show-vega", () => {
  test("prints one filled specification", async () => {
    const { stdout } = await run(gitRepo(FILES), "plots show --show-vega two -t simple --title T");
    expect(JSON.parse(stdout)).toMatchObject({ title: "T", data: { values: expect.any(Array) as unknown } });
    expect((await run(gitRepo(FILES), "plots show --show-vega gone.csv")).stdout).toBe("{}\n");
  });

  test.each([["plots show --show-vega"], ["plots show --show-vega a b"], ["plots show --show-vega --json a"]])(
    "refuses %s",
    async (line) => {
      const { code, stderr } = await run(gitRepo(FILES), line);
      expect(code).toBe(1);
      expect(stderr).toContain("--show-vega");
    },
  );
});

describe("plots show", () => {
  test("writes a page and prints its address", async () => {
    const repo = gitRepo(FILES);
    const answer = await run(repo, "plots show");
    expect(answer.code).toBe(0);
    expect(answer.stdout).toBe(`${pathToFileURL(repo.path("dvc_plots/index.html")).href}\n`);
    expect(answer.stderr).toBe("warning: 'gone.csv' in 'workspace': No such file: 'gone.csv'\n");
    const page = pageOf(answer);
    expect(page).not.toMatch(/(?:src|href)="?https?:/u);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/u);
    expect(page.match(/<figure /gu)).toHaveLength(3);
    expect(bodyOf(answer)).toContain('<p class="problem"><b>workspace</b> No such file: &#39;gone.csv&#39;</p>');
  });

  test("escapes every name, and ends no block of data early", async () => {
    const evil = `</script><img src=x onerror=alert(1)>"'&`;
    const repo = gitRepo({
      ...FILES,
      "a.csv": `step,"${evil.replaceAll('"', '""')}"\n0,1\n`,
      "dvc.yaml": JSON.stringify({ plots: [{ [evil]: { y: { "a.csv": evil }, title: evil } }, "gone<b>.csv"] }),
    });
    const body = bodyOf(await run(repo, "plots show"));
    expect(body.match(/<script|<\/script>/gu)).toEqual(["<script", "</script>"]);
    expect(body).not.toContain("<img");
    expect(body).toContain("gone&lt;b&gt;.csv");
  });

  test("puts images behind charts, those of a folder in the order of steps", async () => {
    const images = Object.fromEntries(["img/10.png", "img/2.png", "img/x.png"].map((path) => [path, "PNG"]));
    const repo = gitRepo({ ...FILES, "dvc.yaml": "plots:\n- img\n- a.csv\n", ...images });
    const answer = await run(repo, "plots show");
    expect([...bodyOf(answer).matchAll(/<figcaption>([^<]*)/gu)].map(([, caption]) => caption)).toEqual([
      "a.csv",
      "img/2.png",
      "img/10.png",
      "img/x.png",
    ]);
    expect(bodyOf(answer)).toContain('src="static/workspace_img_2.png"');
    expect(existsSync(repo.path("dvc_plots/static/workspace_img_2.png"))).toBe(true);
  });

  test("fills a page of the user's, which may hold a script of its own or none", async () => {
    const repo = gitRepo({
      ...FILES,
      "t.html": "<h1>{plot_divs}</h1>",
      "u.html": "{refresh_tag}{scripts}|{plot_divs}",
      "v.html": "no",
    });
    const without = pageOf(await run(repo, "plots show --html-template t.html a.csv"));
    expect(without).toMatch(/^<h1><script>.*<\/script>\n<figure id="dvc_yaml__a_csv"/su);
    expect(pageOf(await run(repo, "plots show --html-template u.html a.csv"))).toMatch(
      /^<script>.*<\/script>\|<figure /su,
    );
    const refused = await run(repo, "plots show --html-template v.html");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("{plot_divs}");
    expect((await run(repo, "plots show --html-template none.html")).code).toBe(1);
  });

  test("goes where the configuration says, and -o wins", async () => {
    const repo = gitRepo({
      ...FILES,
      ".dvc/config": "[plots]\n    out_dir = drawn\n    html_template = page.html\n",
      ".dvc/page.html": "own {plot_divs}",
    });
    expect((await run(repo, "plots show")).stdout).toContain("/drawn/index.html");
    expect(pageOf(await run(repo, "plots show -o other"))).toMatch(/^own /u);
  });

  test("follows no link that a repository holds", async () => {
    const outside = gitRepo({ "kept.txt": "kept" });
    const repo = gitRepo(FILES);
    symlinkSync(outside.root, repo.path("dvc_plots"));
    const refused = await run(repo, "plots show");
    expect(refused.code).toBe(1);
    expect(outside.has("index.html")).toBe(false);
    repo.remove("dvc_plots");
    repo.write("dvc_plots/.keep", "");
    symlinkSync(outside.path("kept.txt"), repo.path("dvc_plots/index.html"));
    expect((await run(repo, "plots show")).code).toBe(0);
    expect(lstatSync(repo.path("dvc_plots/index.html")).isFile()).toBe(true);
    expect(outside.read("kept.txt")).toBe("kept");
  });

  test("says so when there is nothing to draw, and writes nothing", async () => {
    const repo = gitRepo({ ".dvc/config": "" });
    expect(await run(repo, "plots show")).toEqual({
      ...{ code: 0, stdout: "" },
      stderr: "There are no plots to draw, so no page is written.\n",
    });
    expect(repo.has("dvc_plots")).toBe(false);
  });

  test("answers a template that does not exist with a hint", async () => {
    const { code, stderr } = await run(gitRepo(FILES), "plots show -t lineer");
    expect(code).toBe(1);
    expect(stderr).toContain("hint: Did you mean linear?");
  });

  test("draws the data of the revisions that plots diff is given", async () => {
    const repo = gitRepo(FILES);
    repo.write("a.csv", "step,loss\n0,5\n");
    const { stdout } = await run(repo, "plots diff --json --targets a.csv");
    expect(JSON.parse(stdout)).toMatchObject({ data: { "dvc.yaml::a.csv": [{ revisions: ["workspace", "HEAD"] }] } });
    expect((await run(repo, "plots diff nothing")).code).toBe(1);
  });
});

test("plots diff -e compares an experiment with its baseline", async () => {
  const repo = gitRepo(FILES);
  repo.write("a.csv", "step,loss\n0,5\n");
  const commit = repo.git("stash", "create");
  repo.git("update-ref", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/brave-bat`, commit);
  const { stdout } = await run(repo, "plots diff -e brave-bat --json");
  expect(JSON.parse(stdout)).toMatchObject({
    data: { "a.csv": [{ revisions: ["brave-bat", repo.head().slice(0, 7)] }] },
  });
});

describe("plots templates", () => {
  test("lists the built-in ones, and prints one as JSON", async () => {
    const repo = gitRepo({});
    expect((await run(repo, "plots templates")).stdout).toMatchInlineSnapshot(`
      "simple
      linear
      confusion
      confusion_normalized
      scatter
      scatter_jitter
      smooth
      bar_horizontal_sorted
      bar_horizontal
      "
    `);
    expect(JSON.parse((await run(repo, "plots templates scatter")).stdout)).toMatchObject({
      data: { values: "<DVC_METRIC_DATA>" },
    });
    expect((await run(repo, "plots templates none")).code).toBe(1);
  });
});

describe("plots modify", () => {
  const stage = "stages:\n  a:\n    cmd: x # runs\n    plots:\n    - p.csv\n    outs:\n    - o.csv\n  b@1: {cmd: y}\n";

  test("edits the stage and says what to add to Git", async () => {
    const repo = gitRepo({ ".dvc/config": "", "dvc.yaml": stage });
    const { code, stderr } = await run(repo, "plots modify p.csv -x step -t simple --no-header");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "To track the changes with Git:\n  git add dvc.yaml\n" });
    expect(repo.read("dvc.yaml")).toBe(
      stage.replace(
        "    - p.csv\n",
        "    - p.csv:\n        template: simple\n        x: step\n        header: false\n",
      ),
    );
    await run(repo, "plots modify p.csv --unset template x header");
    expect(repo.read("dvc.yaml")).toBe(stage);
  });

  test.each([
    ["plots modify none.csv -x a", "neither an output nor a stage"],
    ["plots modify p.csv --unset x", "has no property 'x'"],
    ["plots modify o.csv --unset x", "is no plot"],
    ["plots modify p.csv -t none", "No template named 'none'"],
  ])("refuses %s", async (line, reason) => {
    const repo = gitRepo({ ".dvc/config": "", "dvc.yaml": stage });
    const { code, stderr } = await run(repo, line);
    expect(code).toBe(255);
    expect(stderr).toContain(reason);
    expect(repo.read("dvc.yaml")).toBe(stage);
  });

  test("leaves a stage that templating makes to its author", async () => {
    const repo = gitRepo({
      ".dvc/config": "",
      "params.yaml": "n: p.csv\n",
      "dvc.yaml": stage.replace("p.csv", "${n}"),
    });
    const { code, stderr } = await run(repo, "plots modify p.csv -x a");
    expect(code).toBe(255);
    expect(stderr).toContain("templating");
  });

  test("outside of a project there is nothing to modify", async () => {
    expect((await run(gitRepo({}), "plots modify p.csv -x a")).code).toBe(253);
  });
});
