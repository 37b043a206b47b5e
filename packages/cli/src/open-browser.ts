import { spawn } from "node:child_process";

/** Whether there is a desktop to open a browser on. */
export function canOpenBrowser(
  env: Readonly<Record<string, string | undefined>>,
  platform = process.platform,
): boolean {
  if (platform === "darwin" || platform === "win32") return (env["SSH_CONNECTION"] ?? "") === "";
  return (env["DISPLAY"] ?? "") !== "" || (env["WAYLAND_DISPLAY"] ?? "") !== "";
}

/**
 * Opens a page in the browser of the desktop.
 *
 * @param onFailure - Called when the program that opens browsers cannot be started or says it failed.
 */
export function openBrowser(url: string, onFailure: () => void, platform = process.platform): void {
  const [program, ...args] = openerOf(platform, url);
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.on("error", onFailure);
  child.on("exit", (code) => {
    if (code !== 0 && code !== null) onFailure();
  });
  child.unref();
}

function openerOf(platform: NodeJS.Platform, url: string): [program: string, ...args: string[]] {
  if (platform === "darwin") return ["open", url];
  // `start` would be a word of the shell, which reads `&` in addresses.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return ["xdg-open", url];
}
