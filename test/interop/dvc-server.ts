import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { INTEROP_ENV, PYTHON } from "../support/python.ts";

const SCRIPT = fileURLToPath(new URL("scripts/dvc_server.py", import.meta.url));

/** What a command of the real DVC answered. */
export interface DvcAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real DVC, started once for many commands. */
export class DvcServer {
  readonly #child = spawn(PYTHON, [SCRIPT], { env: INTEROP_ENV, stdio: ["pipe", "pipe", "inherit"] });
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  /** Runs a command to its end. Commands are not to overlap. */
  async run(cwd: string, ...args: readonly string[]): Promise<DvcAnswer> {
    this.#child.stdin.write(`${JSON.stringify({ cwd, args })}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`DVC ended while it ran '${args.join(" ")}'`);
    return JSON.parse(value) as DvcAnswer;
  }

  /** Runs a command that is to succeed with `--json`; what it printed. */
  async json(cwd: string, ...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run(cwd, ...args, "--json");
    if (code !== 0) throw new Error(`dvc ${args.join(" ")} answered ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  close(): void {
    this.#child.stdin.end();
  }
}
