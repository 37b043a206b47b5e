import { defineCommand } from "../../command.ts";
import { CONFIG_EXIT_CODES, LEVEL_OPTIONS, chosenLevel, findTarget, type LevelOptions } from "./level-options.ts";

/** Tabs of DVC's list end at multiples of this. */
const TAB = 8;

export const command = defineCommand<LevelOptions>({
  summary: "List the storage remotes",
  details: "Passwords in URLs are not shown.",
  options: LEVEL_OPTIONS,
  exitCodes: CONFIG_EXIT_CODES,
  async run({ options, context }) {
    const { readConfig, redactUrl } = await import("@waymark/store");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { ui } = context;
    const { dvcDir, env } = await findTarget(options, context);
    const level = chosenLevel(options);
    const levels = level === undefined ? {} : { levels: [level] };
    const config = readConfig(dvcDir, env, { ...levels, isUnchecked: true });
    for (const name of config.remoteNames) {
      // A level may set a password only, and leave the URL to another.
      const url = config.text(`remote "${name}"`, "url") ?? "-";
      const isDefault = name === config.defaultRemote;
      const parts = [toPrintable(name), toPrintable(redactUrl(url)), ...(isDefault ? ["(default)"] : [])];
      const text = expandTabs(parts);
      ui.line(isDefault ? ui.style("green", text) : text);
    }
  },
});

function expandTabs(parts: readonly string[]): string {
  return parts.reduce((line, part) => `${line.padEnd((Math.floor(line.length / TAB) + 1) * TAB)}${part}`);
}
