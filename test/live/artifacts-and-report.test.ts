import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RecordingProvider, workspace } from "./support.ts";

describe("artifacts", () => {
  test("a described artifact is listed, by its name or the name of its file", () => {
    const space = workspace();
    writeFileSync(space.path("epoch=3.v1.ckpt"), "weights");
    writeFileSync(space.path("data.csv"), "1,2");
    const live = space.live({ tracker: new RecordingProvider() });
    live.logArtifact("epoch=3.v1.ckpt", { type: "model", desc: "d", labels: ["x"], meta: { k: 1 } });
    live.logArtifact("data.csv", { name: "train/data" });
    live.end();
    expect(space.read("dvc.yaml")).toBe(`artifacts:
  epoch-3-v1:
    path: epoch=3.v1.ckpt
    type: model
    desc: d
    labels:
    - x
    meta:
      k: 1
  train/data:
    path: data.csv
`);
  });

  test("an artifact goes to the content cache with the next checkpoint and at the end", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    writeFileSync(space.path("model.bin"), "weights");
    const live = space.live({ tracker: provider });
    live.logArtifact("model.bin");
    await live.checkpoint();
    live.abort("enough");
    expect(provider.checkpoints.map(({ paths }) => paths)).toEqual([[space.path("model.bin")]]);
    expect(provider.ends.map(({ paths }) => paths)).toEqual([[space.path("model.bin")]]);
    expect(space.read("dvc.yaml")).not.toContain("artifacts");
  });

  test("an artifact outside of the repository is described, and no checkpoint fails of it", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    writeFileSync(space.path("inside.bin"), "1");
    const live = space.live({ tracker: provider });
    live.logArtifact(import.meta.filename, { type: "code", name: "test" });
    live.logArtifact("inside.bin");
    await live.checkpoint();
    expect(provider.checkpoints[0]?.paths).toEqual([space.path("inside.bin")]);
    live.end();
    expect(space.warnings).toEqual([expect.stringMatching(/lies outside of the Git repository.*copy: true/)]);
    expect(space.read("dvc.yaml")).toContain("type: code");
  });

  test("an artifact that cannot be kept is given up, and the checkpoint is made without it", async () => {
    const space = workspace();
    const provider = new RecordingProvider();
    const refusal = { kind: "failed", reason: "'a.bin' lies in a folder of its own", hint: undefined } as const;
    const commit = provider.committed.bind(provider);
    provider.outcome = (request) => (request.paths.includes(space.path("a.bin")) ? refusal : commit(request));
    writeFileSync(space.path("a.bin"), "1");
    const live = space.live({ tracker: provider });
    live.logArtifact("a.bin");
    await expect(live.checkpoint()).resolves.toMatchObject({ kind: "committed" });
    live.end();
    expect(provider.ends[0]?.paths).toEqual([]);
    expect(space.warnings).toEqual([expect.stringContaining("'a.bin' lies in a folder of its own")]);
  });

  test("copy keeps the file as it is now, folders too", () => {
    const space = workspace();
    mkdirSync(space.path("out/model"), { recursive: true });
    writeFileSync(space.path("out/model/weights"), "one");
    const provider = new RecordingProvider();
    const live = space.live({ tracker: provider });
    live.logArtifact("out/model", { copy: true, type: "model" });
    writeFileSync(space.path("out/model/weights"), "two");
    expect(space.read("live/artifacts/model/weights")).toBe("one");
    live.logArtifact("out/model", { copy: true, cache: false });
    live.end();
    expect(space.files("live/artifacts")).toEqual(["model/weights"]);
    expect(space.read("live/artifacts/model/weights")).toBe("two");
    expect(space.read("dvc.yaml")).toBe("artifacts:\n  model:\n    path: live/artifacts/model\n    type: model\n");
  });

  test("a file that is not there is warned of and not listed", () => {
    const space = workspace();
    const live = space.live();
    live.logArtifact("gone.bin", { type: "model" });
    live.end();
    expect(space.warnings).toEqual(["The artifact 'gone.bin' does not exist: nothing is recorded of it."]);
    expect(space.read("dvc.yaml")).toBe("{}\n");
  });

  test.for([1, null, {}, ["a"]])("what is no path throws: %j", (path) => {
    expect(() =>
      workspace()
        .live()
        .logArtifact(path as never),
    ).toThrow(expect.objectContaining({ code: "INVALID_DATA_TYPE" }));
  });

  test("a name that DVC refuses throws, and so do descriptions that are none", () => {
    const live = workspace().live();
    expect(() => live.logArtifact("a", { name: "-a" })).toThrow(
      expect.objectContaining({ code: "INVALID_ARTIFACT_NAME" }),
    );
    expect(() => live.logArtifact("a", { labels: "x" as never })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(() => live.logArtifact("a", { meta: 3 as never })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});

describe("reports", () => {
  function logAll(report: "html" | "md"): ReturnType<typeof workspace> {
    const space = workspace();
    const live = space.live({ report });
    live.logParam("lr", 0.1);
    live.logMetric("train/loss", 0.5);
    live.nextStep();
    live.logMetric("train/loss", 0.25);
    live.logImage("samples/0.png", { width: 1, height: 1, data: [1, 2, 3] });
    live.logPlot("imp", [{ v: 1, name: "<script>" }], { x: "v", y: "name", template: "bar_horizontal" });
    live.logClassification("roc", [0, 1, 1], [0.2, 0.8, 0.6]);
    live.end();
    return space;
  }

  test("an HTML report shows everything, escaped, from one file", () => {
    const html = logAll("html").read("live/report.html");
    for (const text of [
      "lr",
      "train/loss",
      "data:image/png;base64,",
      "Receiver operating characteristic",
      "finished",
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain("<script");
    expect(html).not.toMatch(/(?:src|href)="https?:/);
  });

  test("a Markdown report has its charts beside it", () => {
    const space = logAll("md");
    expect(space.read("live/report.md")).toContain("static/train/loss.svg");
    expect(space.read("live/static/train/loss.svg")).toContain("<svg");
  });

  test("a report is current when it is asked for, however fast the steps are", () => {
    const space = workspace();
    const live = space.live({ report: "html" });
    for (let step = 0; step < 5; step += 1) {
      live.logMetric("x", step + 1000);
      live.nextStep();
    }
    live.makeReport();
    expect(space.read("live/report.html")).toContain("1004");
    expect(live.reportFile).toBe("live/report.html");
  });
});
