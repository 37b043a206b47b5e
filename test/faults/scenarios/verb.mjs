// Runs one command line of `waymark`; acknowledges on descriptor 3 what it was told on standard output.
import { writeSync } from "node:fs";
import { main } from "../../../packages/cli/src/main.ts";

const stream = (write) => ({ isTTY: false, columns: 80, write, on: () => undefined, once: () => undefined });
let stdout = "";
const code = await main(process.argv.slice(2), {
  ...{ cwd: process.cwd(), env: process.env },
  stdout: stream((text) => ((stdout += text), true)),
  stderr: stream((text) => process.stderr.write(text)),
});
if (code === 0) writeSync(3, `done ${stdout.replaceAll("\n", " ")}\n`);
process.exitCode = code;
