import { TrackerError } from "@waymark/core";
import { describe, expect, test } from "vitest";
import { DVC_EXIT_CODES, DVC_SOFT_EXIT_CODES, OWN_EXIT_CODES } from "../../packages/cli/src/command.ts";
import { exitCodeOf, formatError } from "../../packages/cli/src/report-error.ts";
import { UsageError } from "../../packages/cli/src/usage-error.ts";

class LostError extends TrackerError {
  override readonly code = "LOST";
}
class NoRepositoryError extends TrackerError {
  override readonly code = "NOT_A_REPOSITORY";
}

const plain = { hasColor: false, isVerbose: false };

describe("formatError", () => {
  test("prints what happened, each cause indented under it, and what to do", () => {
    const cause = new Error("the file is empty", { cause: new Error("nothing was written\nat all") });
    const error = new LostError("Cannot read 'params.yaml'", { hint: "Write one.", cause });
    expect(formatError(error, plain)).toBe(
      [
        "error: Cannot read 'params.yaml'",
        "  because: the file is empty",
        "    because: nothing was written",
        "    at all",
        "hint: Write one.",
        "",
      ].join("\n"),
    );
  });

  test("lets no escape sequence of a quoted name reach the terminal", () => {
    const error = new LostError("Cannot read 'a\u001b[2Jb'\nsecond line", { hint: "Rename 'a\u001b[2Jb'." });
    expect(formatError(error, plain)).toBe(
      "error: Cannot read 'a\\x1b[2Jb'\nsecond line\nhint: Rename 'a\\x1b[2Jb'.\n",
    );
  });

  test("adds the stack of a handled error only when asked", () => {
    const error = new LostError("Lost");
    expect(formatError(error, plain)).toBe("error: Lost\n");
    expect(formatError(error, { ...plain, isVerbose: true })).toContain("report-error.test.ts");
  });

  test("calls anything else a bug, with its stack and where to report it", () => {
    const text = formatError(new TypeError("undefined is not a function"), plain);
    expect(text).toMatch(/^error: This is a bug in Waymark\. undefined is not a function\n/u);
    expect(text).toContain("report-error.test.ts");
    expect(text).toMatch(/hint: Please report it/u);
    expect(formatError("thrown text", plain)).toContain("This is a bug in Waymark. thrown text");
  });

  test("says what helps against the errors of a system that people meet", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    expect(formatError(full, plain)).toBe(
      "error: ENOSPC: no space left on device, write\nhint: The disk is full: make room, and do it again.\n",
    );
    const other = Object.assign(new Error("EXDEV: cross-device link"), { code: "EXDEV", syscall: "link" });
    expect(formatError(other, plain)).toBe("error: EXDEV: cross-device link\n");
  });

  test("ends where causes go in circles", () => {
    const error = new LostError("First");
    const second = new Error("Second", { cause: error });
    Object.defineProperty(error, "cause", { value: second });
    expect(formatError(error, plain)).toBe("error: First\n  because: Second\n");
  });

  test("colours the labels alone", () => {
    const text = formatError(new LostError("Lost", { hint: "Look." }), { ...plain, hasColor: true });
    expect(text).toBe("\u001B[31merror:\u001B[39m Lost\n\u001B[36mhint:\u001B[39m Look.\n");
  });
});

describe("exitCodeOf", () => {
  test.each([
    ["a handled error", new LostError("x"), 1, 255, 1],
    ["wrong usage", new UsageError("x"), 2, 254, 254],
    ["a folder without a repository", new NoRepositoryError("x"), 1, 253, 253],
    ["a bug", new TypeError("x"), 255, 255, 255],
    ["trouble of the system", Object.assign(new Error("x"), { code: "EACCES", syscall: "open" }), 1, 255, 1],
  ])("of %s", (_name, error, own, dvc, soft) => {
    expect(exitCodeOf(error, OWN_EXIT_CODES)).toBe(own);
    expect(exitCodeOf(error, DVC_EXIT_CODES)).toBe(dvc);
    expect(exitCodeOf(error, DVC_SOFT_EXIT_CODES)).toBe(soft);
  });
});
