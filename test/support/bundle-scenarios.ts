import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCENARIOS = "test/faults/scenarios";
/** Packages that no scenario comes to load. */
const LATE = [/^@aws-sdk\//u, /^@smithy\//u, "ssh2", "bufferutil", "utf-8-validate"];

/**
 * Bundles the scripts of the fault tests, once for all files, from the sources. What loads lazily does so here, as in
 * the published command. Loading some two hundred modules takes 12,000 of the 13,000 system calls that the main thread
 * of a checkpointing run makes, and a traced one stops at each: bundled, it takes a quarter of the time.
 *
 * @returns What removes them.
 */
export default async function bundleScenarios(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-scenarios-"));
  // Workers that race for tasks import built modules, of which each process must have one copy only.
  const scripts = readdirSync(join(ROOT, SCENARIOS)).filter((name) => !name.endsWith("worker.mjs"));
  const bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(scripts.map((name) => [parse(name).name, `${SCENARIOS}/${name}`])),
    platform: "node",
    external: LATE,
    resolve: { conditionNames: ["bundle", "source", "import", "node", "default"] },
    transform: { target: "node20.19" },
    checks: { ineffectiveDynamicImport: false },
  });
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" });
  process.env["WAYMARK_SCENARIOS"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
