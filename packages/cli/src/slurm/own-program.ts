import { realpathSync } from "node:fs";

/** How this program is started, for nodes that have it where it is here. */
export function ownProgram(): readonly string[] {
  const script = process.argv[1];
  return script === undefined ? ["waymark"] : [process.execPath, realpathSync(script)];
}
