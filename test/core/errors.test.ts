import { describe, expect, it } from "vitest";
import { TrackerError } from "@waymark/core";

class FullDiskError extends TrackerError {
  override readonly code = "FULL_DISK";
}

describe("TrackerError", () => {
  it("carries a name, a code, a hint and a cause", () => {
    const cause = new Error("ENOSPC");
    const error = new FullDiskError("Cannot write 'a'", { hint: "Free some space.", cause });
    expect(error).toMatchObject({
      name: "FullDiskError",
      code: "FULL_DISK",
      message: "Cannot write 'a'",
      hint: "Free some space.",
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it("has neither hint nor cause when it was given none", () => {
    const error = new FullDiskError("Cannot write 'a'");
    expect(error.hint).toBeUndefined();
    expect("cause" in error).toBe(false);
  });
});
