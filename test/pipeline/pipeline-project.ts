import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type DvcProject, loadProject, openDvcProject, type ProjectStage } from "@waymark/pipeline";
import { onTestFinished } from "vitest";
import { DATA_ENV } from "./data-project.ts";

/** A project without Git in a folder that goes away with the test. */
export class PipelineProject {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), content);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** As a command in one of its folders opens it. */
  open(folder = ""): DvcProject {
    return openDvcProject(join(this.root, folder), DATA_ENV);
  }

  async stages(): Promise<readonly ProjectStage[]> {
    return (await loadProject(this.open())).stages;
  }

  async stage(name: string): Promise<ProjectStage> {
    const found = (await this.stages()).find((stage) => stage.name === name || stage.file === name);
    if (found === undefined) throw new Error(`There is no stage '${name}'`);
    return found;
  }
}

/** Makes a project that holds some files. */
export function pipelineProject(files: Readonly<Record<string, string>>): PipelineProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-pipeline-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const project = new PipelineProject(root);
  project.write({ ".dvc/config": "[core]\n    no_scm = True\n", ...files });
  return project;
}
