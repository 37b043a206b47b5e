import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { waymark } from "../support/cli.ts";
import { interopProject, type InteropProject } from "../support/interop-project.ts";
import { dvc, runPython } from "../support/python.ts";

const DVC_FILE = `frozen: true
deps:
- db:
    connection: warehouse
    query: SELECT 1 AS one
    file_format: csv
outs:
- hash: md5
  path: table.csv
`;

function databaseProject(): InteropProject {
  const project = interopProject(true);
  dvc(project.root, "config", "db.warehouse.url", `sqlite:///${project.path("warehouse.db")}`);
  project.write("table.csv.dvc", DVC_FILE);
  return project;
}

/** What DVC says when it updates the import; empty when it could. */
function dvcUpdates(project: InteropProject): string {
  try {
    dvc(project.root, "update", "table.csv.dvc");
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("what `dvc import-db` made", { timeout: 120_000 }, () => {
  it("is refused with what to do, and left as it is, where DVC needs SQLAlchemy", async () => {
    const project = databaseProject();
    const { code, stderr } = await waymark(["update", "table.csv.dvc"], { cwd: project.root });
    expect(code).not.toBe(0);
    expect(stderr).toContain("database 'warehouse' cannot be brought up to date");
    expect(stderr).toContain("hint: Run `dvc update`");
    expect(readFileSync(project.path("table.csv.dvc"), "utf8")).toBe(DVC_FILE);
    // The library is DVC's way to databases as well: without it, it names what it lacks.
    if (!hasSqlalchemy(project)) expect(dvcUpdates(project)).toMatch(/sqlalchemy|agate/i);
    else expect(dvcUpdates(project)).toBe("");
  });

  it("is data like any other once DVC brought it", async () => {
    const project = databaseProject();
    project.write("table.csv", "one\n1\n");
    dvc(project.root, "commit", "-f", "table.csv.dvc");
    expect(readFileSync(project.path("table.csv.dvc"), "utf8")).toContain("connection: warehouse");
    const status = await waymark(["status", "--json"], { cwd: project.root });
    expect(JSON.parse(status.stdout)).toEqual({});
    project.write("table.csv", "changed\n");
    expect((await waymark(["checkout", "-f", "table.csv.dvc"], { cwd: project.root })).code).toBe(0);
    expect(readFileSync(project.path("table.csv"), "utf8")).toBe("one\n1\n");
    expect((await waymark(["commit", "-f", "table.csv.dvc"], { cwd: project.root })).code).toBe(0);
    expect(readFileSync(project.path("table.csv.dvc"), "utf8")).toContain("connection: warehouse");
    expect(dvc(project.root, "status", "--json").trim()).toBe("{}");
  });
});

function hasSqlalchemy(project: InteropProject): boolean {
  const script = 'import importlib.util as u; print(all(u.find_spec(n) for n in ("sqlalchemy", "agatesql")))';
  return runPython(project.root, ["-c", script]).trim() === "True";
}
