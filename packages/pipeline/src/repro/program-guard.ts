import { type ChildProcess, spawn } from "node:child_process";

/**
 * Waits for the number of a process group, and then for a line that says all is over; when its standard input ends
 * without one, the process that held it is gone, and what it started has to end, first gently: the group, and what has
 * left it and is known by its mark.
 */
const GUARD = `mark=$1
away() { grep -lsF -e "$mark" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do echo "$pid"; done; }
send() { kill -s "$1" -- "-$group" 2>/dev/null; for pid in $(away); do kill -s "$1" "$pid" 2>/dev/null; done; }
alive() { kill -s 0 -- "-$group" 2>/dev/null || [ -n "$(away)" ]; }
read -r group || exit 0
read -r line && exit 0
alive || exit 0
send TERM
for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; alive || exit 0; done
send KILL`;

/** Has a program say its number to the guard before it is itself: this process may be killed before it knows it. */
export const ANNOUNCED = ["/bin/sh", "-c", 'echo $$ >&3; exec 3>&-; exec "$@"', "waymark"] as const;

/**
 * Starts a process that outlives this one, in a group of its own, so that nothing meant for this one reaches it.
 *
 * @param mark - Of what the program starts.
 */
export function startGuard(mark: string): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const guard = spawn("/bin/sh", ["-c", GUARD, "waymark-guard", mark], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without it, the program goes on as it would anywhere else.
  guard.on("error", () => undefined);
  guard.stdin?.on("error", () => undefined);
  guard.unref();
  (guard.stdin as { unref?: () => void } | null)?.unref?.();
  return guard;
}
