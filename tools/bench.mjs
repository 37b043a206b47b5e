// `npm run bench`: prepares the clone and the Python environment with the loggers we are measured against, then runs
// the benchmarks. Arguments are passed on (`npm run bench -- --help`).
import { join } from "node:path";
import { findChromium } from "./chromium.mjs";
import { prepare } from "./prepare.mjs";
import { ensureServers, ensureTransferPeers } from "./servers.mjs";
import { preparePython } from "./support/python.mjs";
import { ROOT, run, runTool } from "./support/run.mjs";

await runTool(async (argv) => {
  await prepare();
  const chromium = findChromium();
  const browser = chromium === undefined ? {} : { WAYMARK_CHROMIUM: chromium };
  const servers = { ...(await ensureServers()), ...(await ensureTransferPeers()) };
  const env = { ...process.env, ...(await preparePython()), ...servers, ...browser };
  const program = join(ROOT, "test/bench/run.ts");
  const { code } = await run(process.execPath, ["--import", "tsx", program, ...argv], { stdio: "inherit", env });
  return code ?? 130;
});
