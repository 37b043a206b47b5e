import { main } from "./main.ts";

/** What Node itself exits with when a program ends before the promise that is its main part has settled. */
const UNSETTLED_EXIT_CODE = 13;

/** Runs the command line of this process, and sets its exit code. */
export async function runProcess(): Promise<void> {
  // Whoever reads the output may stop early (`| head`), which is no failure of ours.
  let goesOnUnread = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    if (!goesOnUnread) process.exit(0);
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
  process.exitCode = UNSETTLED_EXIT_CODE;
  process.exitCode = await main(process.argv.slice(2), {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    goOnUnread: () => (goesOnUnread = true),
  });
}
