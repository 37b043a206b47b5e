import { describe, expect, test } from "vitest";
import { createUi, wantsColor } from "../../packages/cli/src/ui.ts";
import { collectOutput } from "../support/collected-output.ts";

describe("wantsColor", () => {
  const terminal = collectOutput({ isTTY: true });
  const pipe = collectOutput();

  test.each([
    ["a terminal", terminal, {}, true],
    ["a pipe", pipe, {}, false],
    ["a terminal that can do nothing", terminal, { TERM: "dumb" }, false],
    ["NO_COLOR on a terminal", terminal, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR, which counts as unset", terminal, { NO_COLOR: "" }, true],
    ["FORCE_COLOR on a pipe", pipe, { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 on a terminal", terminal, { FORCE_COLOR: "0" }, false],
    ["NO_COLOR against FORCE_COLOR", pipe, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ])("for %s", (_name, stream, env, expected) => {
    expect(wantsColor(stream, env)).toBe(expected);
  });
});

describe("createUi", () => {
  test("keeps data on stdout and narration on stderr", () => {
    const stdout = collectOutput();
    const stderr = collectOutput();
    const ui = createUi({ stdout, stderr, env: {} });
    ui.line("data");
    ui.note("Working.");
    ui.warn("Careful.");
    expect(stdout.text()).toBe("data\n");
    expect(stderr.text()).toBe("Working.\nwarning: Careful.\n");
  });

  test("leaves out notes, and nothing else, when quiet", () => {
    const stdout = collectOutput();
    const stderr = collectOutput();
    const ui = createUi({ stdout, stderr, env: {}, isQuiet: true });
    ui.line("data");
    ui.note("Working.");
    ui.warn("Careful.");
    expect(stdout.text()).toBe("data\n");
    expect(stderr.text()).toBe("warning: Careful.\n");
  });

  test("colours and measures by what stdout is", () => {
    const stderr = collectOutput({ isTTY: true, columns: 40 });
    const piped = createUi({ stdout: collectOutput(), stderr, env: {} });
    expect(piped.style("bold", "x")).toBe("x");
    expect(piped.columns).toBeUndefined();
    const shown = createUi({ stdout: collectOutput({ isTTY: true, columns: 80 }), stderr, env: {} });
    expect(shown.style("bold", "x")).toBe("\u001B[1mx\u001B[22m");
    expect(shown.columns).toBe(80);
  });
});
