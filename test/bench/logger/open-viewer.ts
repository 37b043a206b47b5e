import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright";
import { BIN } from "../../support/cli.ts";
import { ViewerClient } from "../../support/viewer-client.ts";
import { newFolder } from "../folders.ts";

/** Where Debian puts it; `npm run bench` names another one when it finds one. */
const DEBIAN_CHROMIUM = "/usr/bin/chromium";

/** A viewer that someone looks at. */
export interface OpenViewer {
  /** Who looks, in words. */
  readonly description: string;
  readonly close: () => Promise<void>;
}

/** Starts the viewer of a folder in a process of its own, and opens its page in a browser where there is one. */
export async function openViewer(cwd: string): Promise<OpenViewer> {
  const env = { ...process.env, XDG_STATE_HOME: newFolder() };
  const server = spawn(process.execPath, [BIN, "view", "--port", "0", "--no-open", cwd], {
    ...{ cwd, env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    server.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) resolve(text.trim());
    });
    server.on("close", () => reject(new Error("the viewer ended before it told its address")));
  });
  const page = await openPage(url);
  return {
    description: page.description,
    close: async () => {
      await page.close();
      server.kill("SIGTERM");
      await new Promise((resolve) => server.on("close", resolve));
    },
  };
}

async function openPage(url: string): Promise<OpenViewer> {
  const executablePath = process.env["WAYMARK_CHROMIUM"] ?? DEBIAN_CHROMIUM;
  if (!existsSync(executablePath)) {
    const client = await ViewerClient.connect(url);
    return {
      description: "the viewer's server running and a client connected (no browser here)",
      close: async () => client.close(),
    };
  }
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  return { description: "the viewer open in Chromium", close: async () => browser.close() };
}
