import { mkdirSync } from "node:fs";
import { openProject, planOverrides } from "@waymark/experiments";
import { expect, test } from "vitest";
import { interopProject, type InteropProject } from "../../support/interop-project.ts";
import { dvc, INTEROP_ENV } from "../../support/python.ts";

/** DVC queues an entry in some seconds. */
const TIMEOUT_MS = 240_000;

function pipelineProject(files: Readonly<Record<string, string>>): InteropProject {
  const project = interopProject(true);
  project.write("dvc.yaml", "stages:\n  train:\n    cmd: echo\n    params:\n    - lr\n");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(project.path(path, ".."), { recursive: true });
    project.write(path, text);
  }
  project.git("add", "-A");
  project.git("commit", "-q", "-m", "pipeline");
  return project;
}

/** What DVC queued, oldest first: of each entry the files that overrides change. */
function queuedByDvc(project: InteropProject, paths: readonly string[]): Record<string, string>[] {
  const entries = project.git("log", "-g", "--format=%H", "refs/exps/celery/stash").split("\n").reverse();
  return entries.map((entry) =>
    Object.fromEntries(paths.map((path) => [path, `${project.git("show", `${entry}:${path}`)}\n`.trimStart()])),
  );
}

async function planned(project: InteropProject, typed: readonly string[]): Promise<Record<string, string>[]> {
  const sets = await planOverrides(openProject(project.root, INTEROP_ENV), typed, {
    isSweepAllowed: true,
    env: INTEROP_ENV,
  });
  return sets.map(({ files }) =>
    Object.fromEntries([...files].map(([path, data]) => [path, `${Buffer.from(data).toString().trimEnd()}\n`])),
  );
}

const asOptions = (typed: readonly string[]): string[] => typed.flatMap((override) => ["-S", override]);

test(
  "plans the files that DVC queues, in the order in which it queues them",
  async () => {
    const project = pipelineProject({
      "params.yaml": "# top\nlr: 0.1 # rate\nname: x\nmodel:\n  depth: 3\n",
      "conf/other.json": '{"a": 1, "b": 2}',
    });
    const typed = ["lr=0.1,1e-3", "conf/other.json:a=choice(5,x)", "+model.wide='1','a: b'", "conf/other.json:b=0"];
    dvc(project.root, "exp", "run", "-q", "--queue", ...asOptions(typed));
    const ours = await planned(project, typed);
    expect(ours).toHaveLength(8);
    expect(ours).toEqual(queuedByDvc(project, ["params.yaml", "conf/other.json"]));
  },
  TIMEOUT_MS,
);

test(
  "composes the params.yaml that DVC queues",
  async () => {
    const project = pipelineProject({
      "params.yaml": "lr: 0\n",
      "conf/config.yaml": "defaults:\n- db: mysql\n- _self_\nlr: 1e-3\nname: ${db.name}-${lr}\n",
      "conf/db/mysql.yaml": "name: mysql\nport: 3306\n",
      "conf/db/sqlite.yaml": "name: sqlite\n",
    });
    dvc(project.root, "config", "hydra.enabled", "true");
    project.git("commit", "-q", "-a", "-m", "compose");
    const typed = ["db=mysql,sqlite", "lr=range(0.1,0.3,0.1)", "+extra={a: [1, null]}"];
    dvc(project.root, "exp", "run", "-q", "--queue", ...asOptions(typed));
    const ours = await planned(project, typed);
    expect(ours).toHaveLength(4);
    expect(ours).toEqual(queuedByDvc(project, ["params.yaml"]));
  },
  TIMEOUT_MS,
);
