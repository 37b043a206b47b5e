import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addIgnoreEntry, formatIgnoreEntry, removeIgnoreEntry } from "@waymark/core";

describe("ignore entries", () => {
  it("name the file in its own folder, escaped as DVC does", () => {
    expect(formatIgnoreEntry("model.pt")).toBe("/model.pt");
    expect(formatIgnoreEntry("a b#[1]*?!.bin")).toBe("/a b\\#\\[1\\]\\*\\?\\!.bin");
    expect(formatIgnoreEntry("back\\slash")).toBe("/back\\\\slash");
    expect(formatIgnoreEntry("trailing ")).toBe("/trailing\\ ");
    expect(formatIgnoreEntry("two\nlines")).toBe("/two?lines");
  });

  it("are added on a line of their own, once", () => {
    expect(addIgnoreEntry(undefined, "a")).toBe("/a\n");
    expect(addIgnoreEntry("*.log", "a")).toBe("*.log\n/a\n");
    expect(addIgnoreEntry("  /a \n", "a")).toBe("  /a \n");
    expect(addIgnoreEntry("x\r\n", "a")).toBe("x\r\n/a\r\n");
  });

  it("are removed, and an emptied file with them", () => {
    expect(removeIgnoreEntry("/a\n/b\n", "a")).toBe("/b\n");
    expect(removeIgnoreEntry("x\r\n/a\r\n", "a")).toBe("x\r\n");
    expect(removeIgnoreEntry("/a\n", "a")).toBeUndefined();
    expect(removeIgnoreEntry("/ab\n", "a")).toBe("/ab\n");
  });

  it("leave the rest as it was when added and removed", () => {
    const line = fc.string({ unit: fc.constantFrom(..."ab/*! #\\"), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom(..."ab[]!*#?\\ "), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(line), name, (lines, file) => {
        const text = [...lines, "end"].map((each) => `${each}\n`).join("");
        fc.pre(addIgnoreEntry(text, file) !== text);
        expect(removeIgnoreEntry(addIgnoreEntry(text, file), file)).toBe(text);
      }),
    );
  });
});
