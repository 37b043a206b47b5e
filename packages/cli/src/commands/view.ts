import { existsSync } from "node:fs";
import { getPriority, hostname, setPriority, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type CommandContext, defineCommand } from "../command.ts";
import { canOpenBrowser, openBrowser } from "../open-browser.ts";
import { UsageError } from "../usage-error.ts";
import { readVersion } from "../version.ts";

interface ViewOptions {
  readonly port?: number;
  readonly host?: string;
  readonly expose?: boolean;
  readonly allowHost?: readonly string[];
  readonly open?: boolean;
}

export const command = defineCommand<ViewOptions>({
  summary: "Open the live viewer of this project",
  details:
    "Serves one page that shows the runs below the folder, their plots moving while they train. It prints its address, " +
    "which holds the secret that opens it, and runs until Ctrl-C.",
  arguments: [
    { name: "[folder]", description: "the project to view (default: the Git repository around this folder)" },
  ],
  options: [
    {
      flags: "-p, --port <number>",
      description: "port to listen on (default: 8910, or the next free one)",
      parse: parsePort,
    },
    { flags: "--host <address>", description: "address to listen on (default: 127.0.0.1)" },
    { flags: "--expose", description: "allow an address that other machines can reach" },
    {
      flags: "--allow-host <name>",
      description: "another name by which a browser may reach the viewer; may be repeated",
      isRepeatable: true,
    },
    { flags: "--open", description: "open a browser (default: on a desktop, from a terminal)" },
    { flags: "--no-open", description: "print the address only" },
  ],
  examples: [
    { line: "waymark view", does: "watch the runs of this repository" },
    { line: "waymark view --port 9000 --no-open", does: "print the address, on a port of your choice" },
  ],
  async run({ args, options, context }) {
    const { startViewer } = await import("@waymark/viewer");
    const { followSlurmNews } = await import("../slurm/bring-news.ts");
    const { cwd, ui, signal } = context;
    const { port, host, expose, allowHost } = options;
    const root = args[0] === undefined ? findProject(cwd) : resolve(cwd, args[0]);
    const viewer = await startViewer({
      root,
      env: context.env,
      version: readVersion(),
      log: (message) => ui.note(message),
      ...(port === undefined ? {} : { port }),
      ...(host === undefined ? {} : { host }),
      ...(expose === undefined ? {} : { expose }),
      ...(allowHost === undefined ? {} : { allowHosts: allowHost }),
    });
    // Runs on machines that do not see this project send what they log, as long as somebody looks.
    const news = followSlurmNews({ dvcRoot: root }, context);
    try {
      ui.note(`Viewing ${root}. Press Ctrl-C to stop.`);
      ui.line(viewer.url);
      if (options.open ?? (ui.isTerminal && canOpenBrowser(context.env))) showPage(viewer.url, context);
      else noteTunnel(viewer.port, context);
      giveWay();
      await untilAborted(signal);
    } finally {
      await news.stop();
      await viewer.close();
    }
  },
});

/** Niceness of a viewer, of 0 to 19: a training on the same machine comes first, and a page still keeps up beside one. */
const NICENESS = 5;

/** Lets other processes go first. A browser that was opened before keeps its own priority. */
function giveWay(): void {
  if (getPriority() < NICENESS) setPriority(NICENESS);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/u.test(text) || port > 65_535) throw new UsageError("A port is a number from 0 to 65535.");
  return port;
}

/** The root of the Git work tree around a folder, or the folder itself. Asking Git would only cost a process. */
function findProject(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}

function showPage(url: string, { env, ui }: CommandContext): void {
  if (!canOpenBrowser(env)) {
    ui.note("There is no desktop here: open the address above in a browser.");
    return;
  }
  openBrowser(url, () => ui.note("No browser could be started: open the address above in one."));
}

/** Someone on a remote machine cannot reach its loopback address; the command that lets them is worth a line. */
function noteTunnel(port: number, { env, ui }: CommandContext): void {
  if ((env["SSH_CONNECTION"] ?? "") === "") return;
  const target = `${userInfo().username}@${hostname()}`;
  ui.note(`From your own machine, reach it with \`ssh -N -L ${port}:127.0.0.1:${port} ${target}\`.`);
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
}
