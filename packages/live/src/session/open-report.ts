import { spawn } from "node:child_process";

let isOpened = false;

/** Opens a report in the browser, once per process. Where there is no browser nothing happens. */
export function openReport(path: string): void {
  if (isOpened) return;
  isOpened = true;
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", path]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", path]
        : ["xdg-open", path];
  if (command === undefined) return;
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
