import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SlurmClient, SlurmMissingError, SlurmRefusedError, SlurmSilentError } from "@waymark/experiments";
import { describe, expect, it, onTestFinished } from "vitest";

/** A program that answers as Slurm 22.05 does, and notes what it was told. */
function answering(program: string, script: string): { readonly client: SlurmClient; readonly told: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "waymark-slurm-client-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, program);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" >> "${folder}/told"\n${script}\n`);
  chmodSync(path, 0o755);
  const client = new SlurmClient({ env: { PATH: `${folder}:/usr/bin:/bin`, SQUEUE_FORMAT: "%i only" } });
  return { client, told: () => readFileSync(join(folder, "told"), "utf8").trim().split("\n") };
}

describe("asking Slurm", () => {
  it("says which program is missing, and where it is to be had", async () => {
    const client = new SlurmClient({ env: { PATH: "/nonexistent" } });
    const error = await client.submit(["job.sh"]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SlurmMissingError);
    expect(error).toMatchObject({ program: "sbatch", hint: expect.stringContaining("login node") });
  });

  it("answers with the number of the job, of whatever cluster", async () => {
    const { client, told } = answering("sbatch", "echo '17;farm'");
    expect(await client.submit(["--array=0-3", "/a b/$(id).sh"])).toBe("17");
    expect(told()).toEqual(["--parsable", "--array=0-3", "/a b/$(id).sh"]);
  });

  it.each([
    ["sbatch: error: invalid partition specified: moon", "sinfo"],
    ["sbatch: error: Batch job submission failed: Requested node configuration is not available", "No node has"],
    ["sbatch: error: Batch job submission failed: Invalid job array specification", "MaxArraySize"],
    [
      "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
      "less time",
    ],
    ["sbatch: unrecognized option '--moon'", "sbatch --help"],
  ])("hands on why a job was refused: %s", async (text, hint) => {
    const { client } = answering("sbatch", `cat >&2 <<'END'\n${text}\nEND\nexit 1`);
    const error = await client.submit(["job.sh"]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SlurmRefusedError);
    expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
    expect(String(error)).toContain(text.replace(/^sbatch: (?:error: )?/u, ""));
  });

  it("tells a controller that is away from a job that it refuses", async () => {
    const said = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)";
    const { client } = answering("squeue", `echo '${said}' >&2; exit 1`);
    const error = await client.listJobs(["17"]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SlurmSilentError);
    expect(String(error)).toContain(said);
  });

  it("takes a job that is forgotten for none, and no accounting for no answer", async () => {
    const gone = answering("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    expect(await gone.client.listJobs(["17"])).toEqual([]);
    expect(gone.told()).toContain("--format=%i|%T|%N|%r");
    const none = answering("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    expect(await none.client.listAccounted(["17"])).toBeUndefined();
    const kept = answering("sacct", "echo '17_0|TIMEOUT|n1|None'");
    expect(await kept.client.listAccounted(["17"])).toMatchObject([{ id: "17_0", state: "TIMEOUT", nodes: "n1" }]);
  });

  it("asks for many jobs in portions, and does not mind cancelling what is over", async () => {
    const { client, told } = answering(
      "scancel",
      "echo 'scancel: error: Kill job error on job id 17: Invalid job id specified' >&2; exit 1",
    );
    await client.cancel(Array.from({ length: 1200 }, (_, at) => `17_${at}`));
    expect(told().filter((word) => word === "--quiet")).toHaveLength(3);
  });
});
