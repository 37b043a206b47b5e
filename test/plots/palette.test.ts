import { assignColors, preferredSlot, RUN_COLORS, slotColor } from "@waymark/plots";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Contrast as WCAG 2 defines it. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const channel = (start: number): number => {
    const value = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

describe("RUN_COLORS", () => {
  it.each(RUN_COLORS)("%s stands out on light and dark pages", (color) => {
    expect(contrast(color, "#ffffff")).toBeGreaterThanOrEqual(3);
    expect(contrast(color, "#14171c")).toBeGreaterThanOrEqual(3);
  });
});

describe("assignColors", () => {
  it("gives ten runs ten colours", () => {
    const ids = Array.from({ length: 10 }, (_, i) => `live:${i}`);
    expect(new Set(assignColors(ids).values()).size).toBe(10);
  });

  it("gives a run alone the colour its id prefers", () => {
    expect(assignColors(["live:live"]).get("live:live")).toBe(preferredSlot("live:live"));
  });

  it("never changes a colour once given, whichever runs come and go", () => {
    const ids = fc.uniqueArray(fc.string(), { maxLength: 30 });
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const first = assignColors(before);
        const second = assignColors([...after, ...before], first);
        for (const [id, slot] of first) expect(second.get(id)).toBe(slot);
      }),
    );
  });

  it("spreads many runs evenly", () => {
    const slots = [...assignColors(Array.from({ length: 100 }, (_, i) => `run-${i}`)).values()];
    for (let slot = 0; slot < RUN_COLORS.length; slot++)
      expect(slots.filter((value) => value === slot)).toHaveLength(10);
  });

  it("takes any integer for a slot", () => {
    expect(slotColor(-1)).toBe(RUN_COLORS.at(-1));
    expect(slotColor(23)).toBe(RUN_COLORS[3]);
  });
});
