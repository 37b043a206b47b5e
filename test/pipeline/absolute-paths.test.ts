import { addStage } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import { dataRepo, openData } from "./data-project.ts";
import { lockOf, reproOk } from "./repro-project.ts";

describe("an absolute path in the project", () => {
  test("is recorded as a relative one, so that a copy of the project elsewhere finds it", async () => {
    const repo = dataRepo({ "in.txt": "one\n", "sub/params.yaml": "k: 1\n" });
    const at = (path: string): string => JSON.stringify(repo.path(path));
    repo.write(
      "sub/dvc.yaml",
      `stages:
  a:
    cmd: cp ../in.txt out.txt && cp out.txt m.json
    deps: [${at("in.txt")}]
    params: [{${at("sub/params.yaml")}: [k]}]
    outs: [${at("sub/out.txt")}]
    metrics: [{${at("sub/m.json")}: {cache: false}}]
`,
    );
    await reproOk(repo, {}, "sub");
    const { deps, outs, params } = lockOf(repo, "sub/dvc.lock")["a"] ?? {};
    expect(deps?.map(({ path }) => path)).toEqual(["../in.txt"]);
    expect(outs?.map(({ path }) => path)).toEqual(["m.json", "out.txt"]);
    expect(params).toEqual({ "params.yaml": { k: 1 } });
    expect((await reproOk(repo, {}, "sub")).stages).toEqual([]);
  });

  test("outside of the project stays as it is written", async () => {
    const repo = dataRepo();
    const other = dataRepo({ "in.txt": "one\n" });
    const path = other.path("in.txt");
    repo.write("dvc.yaml", `stages:\n  a: {cmd: cp ${path} out.txt, deps: [${path}], outs: [out.txt]}\n`);
    await reproOk(repo);
    expect(lockOf(repo)["a"]?.deps?.map((dep) => dep["path"])).toEqual([path]);
  });

  test("is written relative by `stage add`", async () => {
    const repo = dataRepo({ "in.txt": "one\n" });
    const out = { path: repo.path("out.txt"), role: "out", isCached: true, isPersistent: false } as const;
    const wanted = { name: "a", command: "cp in.txt out.txt", outs: [out], params: new Map() };
    await addStage(openData(repo), { ...wanted, deps: [repo.path("in.txt")] });
    expect(repo.read("dvc.yaml")).toBe(
      "stages:\n  a:\n    cmd: cp in.txt out.txt\n    deps:\n    - in.txt\n    outs:\n    - out.txt\n",
    );
  });
});
