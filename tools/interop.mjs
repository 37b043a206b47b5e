// `npm run test:interop`: the tests against other programs. The real DVC, DVCLive and TensorBoard writer live in a Python
// environment of their own under .cache/, made here and renewed once a week; the servers of remotes come from Debian's
// packages.
import { prepare } from "./prepare.mjs";
import { ensureServers } from "./servers.mjs";
import { preparePython } from "./support/python.mjs";
import { runTool } from "./support/run.mjs";
import { runVitest } from "./support/vitest.mjs";

await runTool(async (argv) => {
  await prepare();
  const servers = await ensureServers();
  return runVitest(["--project=interop", ...argv], { ...servers, ...(await preparePython()) });
});
