// `npm test`: prepares the clone and the browser, then runs every test. `--long` includes the long ones; everything
// else is passed on to vitest (`npm test -- test/core`).
import { ensureChromium } from "./chromium.mjs";
import { prepare } from "./prepare.mjs";
import { ensureHdfs } from "./servers.mjs";
import { ensureStrace } from "./strace.mjs";
import { runTool, say } from "./support/run.mjs";
import { runVitest } from "./support/vitest.mjs";

await runTool(async (argv) => {
  const args = argv.filter((arg) => arg !== "--long");
  await prepare();
  const chromium = await ensureChromium();
  await ensureStrace();
  const isLong = args.length < argv.length;
  if (isLong) await ensureHdfs();
  const env = isLong ? { WAYMARK_LONG: "1" } : {};
  if (chromium !== undefined) {
    const projects = args.some((arg) => arg.startsWith("--project")) ? [] : ["--project=node", "--project=browser"];
    return runVitest([...projects, ...args], { ...env, WAYMARK_CHROMIUM: chromium });
  }
  say("Leaving out the tests that need a browser.");
  return runVitest(["--project=node", ...args], env);
});
