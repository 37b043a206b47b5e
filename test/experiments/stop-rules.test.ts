import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatStopRule, InvalidStopRuleError, parseStopRule, RuleState, type StopRule } from "@waymark/experiments";

/** Gives a rule values, one per step from 0 on, and tells at which step it stops. */
function stopsAt(rule: string, values: readonly number[]): number | undefined {
  const state = new RuleState(parseStopRule(rule));
  const step = values.findIndex((value, at) => state.take(at, value) !== undefined);
  return step === -1 ? undefined : step;
}

function messageOf(rule: string): string {
  try {
    parseStopRule(rule);
  } catch (error) {
    if (error instanceof InvalidStopRuleError) return `${error.message}\n${error.hint ?? ""}`;
    throw error;
  }
  throw new Error(`'${rule}' can be read`);
}

describe("the words of a stop rule", () => {
  it.each([
    ["val/loss not improving for 5", "val/loss not improving for 5 min"],
    ["val/loss is not improving for 5 values by 0.01", "val/loss not improving for 5 min by 0.01"],
    ["val/acc not improving max for 300 steps by 0.5% after step 100", undefined],
    ["reward2 not rising for 3", "reward2 not improving for 3 max"],
    ["x not falling for 3", "x not improving for 3 min"],
    ["valAcc not improving for 3", "valAcc not improving for 3 max"],
    ["val/acc > 0.99", "val/acc > 0.99"],
    ["loss == -inf for 3", "loss = -inf for 3"],
    ["train/loss IS NaN", "train/loss is nan"],
    ["train/loss is not finite for 2", undefined],
    ["loss is inf", "loss is infinite"],
    ['"my loss" >= 1e3', '"my loss" >= 1000'],
  ])("say what '%s' means", (text, formatted) => {
    const rule = parseStopRule(text);
    expect(parseStopRule(formatStopRule(rule))).toEqual(rule);
    if (formatted !== undefined) expect(formatStopRule(rule)).toBe(formatted);
  });

  it("are refused with the place of what is wrong", () => {
    expect(messageOf("val/loss not improving for five")).toMatchInlineSnapshot(`
      "Expected a whole number after 'for', at column 28:
        val/loss not improving for five
                                   ^
      \`for 5\` waits for five more values, \`for 500 steps\` for so many steps."
    `);
    expect(messageOf("val/loss not improving")).toMatchInlineSnapshot(`
      "The rule does not say for how long, at column 23:
        val/loss not improving
                              ^
      Add it: \`val/loss not improving for 5\`."
    `);
    expect(messageOf("margin not improving for 5")).toMatchInlineSnapshot(`
      "Whether 'margin' gets better by falling or by rising is not said, at column 1:
        margin not improving for 5
        ^
      Add \`min\` or \`max\`: \`margin not improving for 5 max\`."
    `);
    expect(messageOf("loss > nan")).toMatchInlineSnapshot(`
      "No value is equal to NaN, at column 8:
        loss > nan
               ^
      Write \`is nan\` or \`is not finite\`."
    `);
    expect(messageOf("loss not falling max for 5")).toMatchInlineSnapshot(`
      "What should go down has no goal of 'max', at column 6:
        loss not falling max for 5
             ^
      A rule looks like \`val/loss not improving for 5\`, \`val/acc > 0.99\` or \`train/loss is nan\`."
    `);
    expect(messageOf("loss > 3 by 2")).toMatchInlineSnapshot(`
      "Expected 'for' or 'after' instead of 'by', at column 10:
        loss > 3 by 2
                 ^
      A rule looks like \`val/loss not improving for 5\`, \`val/acc > 0.99\` or \`train/loss is nan\`."
    `);
  });

  it.each(["", "  ", "> 3", "loss", "loss >", "loss > high", "loss is", "loss is not", "loss not 3", '"loss', "a , b"])(
    "are refused: '%s'",
    (text) => {
      expect(() => parseStopRule(text)).toThrow(InvalidStopRuleError);
    },
  );

  it.each([
    "acc_loss not improving for 3",
    "loss > 3 for 2 for 3",
    "loss not improving for 3 min max",
    "loss > 1 for 0",
  ])("leave no doubt: '%s' is refused", (text) => {
    expect(() => parseStopRule(text)).toThrow(InvalidStopRuleError);
  });

  const count = fc.integer({ min: 1, max: 1e9 });
  const number = fc.double({ noNaN: true }).map((value) => value + 0);
  const rules: fc.Arbitrary<StopRule> = fc.record({
    metric: fc.oneof(fc.constantFrom("loss", "val/acc", "for", "a.b"), fc.string({ minLength: 1, maxLength: 20 })),
    condition: fc.oneof(
      fc.record({
        kind: fc.constant("compare" as const),
        operator: fc.constantFrom("<", "<=", ">", ">=", "=", "!="),
        value: number,
      }),
      fc.record({
        kind: fc.constant("is" as const),
        what: fc.constantFrom("nan", "infinite", "finite"),
        isNegated: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant("stalled" as const),
        goal: fc.constantFrom("min", "max"),
        minDelta: fc
          .record({ amount: fc.double({ min: 0, max: 1e9, noNaN: true }), isPercent: fc.boolean() })
          .map(({ amount, isPercent }) => ({ amount: amount + 0, isPercent: isPercent && amount !== 0 })),
      }),
    ),
    patience: fc.record({ count, unit: fc.constantFrom("values", "steps") }),
    afterStep: fc.option(fc.integer({ min: 0, max: 1e9 })),
  });

  it("are read back as they were formatted, whatever the rule", () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(parseStopRule(formatStopRule(rule))).toEqual(rule);
      }),
    );
  });

  it("are either read or refused, whatever stands there", () => {
    const words = fc.constantFrom(
      "loss",
      "not",
      "is",
      "improving",
      "for",
      "5",
      "by",
      "%",
      "nan",
      ">",
      "min",
      '"',
      "after",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 9 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseStopRule(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidStopRuleError);
        }
      }),
    );
  });
});

describe("a stop rule", () => {
  it("waits for so many values without a better one", () => {
    expect(stopsAt("loss not improving for 3", [5, 4, 4, 4.5, 3, 3, 4, 3])).toBe(7);
    expect(stopsAt("acc not improving for 2", [0.1, 0.2, 0.2, 0.3, 0.1])).toBeUndefined();
  });

  it("takes what is better by too little for no improvement", () => {
    expect(stopsAt("loss not improving for 2 by 0.5", [5, 4.8, 4.6])).toBe(2);
    expect(stopsAt("loss not improving for 2 by 0.5", [5, 4.8, 4.4, 4.3])).toBeUndefined();
    expect(stopsAt("acc not improving for 2 by 10%", [1, 1.05, 1.09])).toBe(2);
    expect(stopsAt("acc not improving for 2 by 10%", [1, 1.05, 1.2])).toBeUndefined();
  });

  it("takes NaN for no improvement, and for beyond no threshold", () => {
    expect(stopsAt("loss not improving for 2", [Number.NaN, Number.NaN, 1])).toBe(1);
    expect(stopsAt("loss < 3", [Number.NaN])).toBeUndefined();
    expect(stopsAt("loss != 3", [Number.NaN])).toBeUndefined();
  });

  it("sees values that are none", () => {
    expect(stopsAt("loss is nan", [1, Infinity, Number.NaN])).toBe(2);
    expect(stopsAt("loss is inf", [1, Number.NaN, -Infinity])).toBe(2);
    expect(stopsAt("loss is not finite for 2", [Number.NaN, 1, Number.NaN, Infinity])).toBe(3);
  });

  it("counts over steps, and from a step on, where it says so", () => {
    const state = new RuleState(parseStopRule("loss not improving for 100 steps after 50"));
    expect(state.take(0, 1)).toBeUndefined();
    expect(state.take(50, 3)).toBeUndefined();
    expect(state.take(149, 3)).toBeUndefined();
    expect(state.take(150, 3)?.reason).toBe(
      "'loss not improving for 100 steps min after 50': the best was 3 at step 50, and it is 3 at step 150",
    );
  });

  it("stops for a threshold that holds for so long", () => {
    expect(stopsAt("acc > 0.9 for 2", [0.95, 0.8, 0.95, 0.96])).toBe(3);
    expect(stopsAt("acc >= 0.9", [0.8, 0.9])).toBe(1);
  });

  it("never stops while every value is better than all before", () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5 }), (numbers, count) => {
        const falling = [...new Set(numbers)].toSorted((a, b) => b - a);
        expect(stopsAt(`loss not improving for ${count}`, falling)).toBeUndefined();
      }),
    );
  });

  it("stops so many values after the best, however the values go", () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 6 }), (numbers, count) => {
        const stop = stopsAt(`loss not improving for ${count}`, numbers);
        const isStalled = (at: number): boolean => {
          const best = numbers.slice(0, at + 1).indexOf(Math.min(...numbers.slice(0, at + 1)));
          return at - best >= count;
        };
        const expected = numbers.findIndex((_, at) => isStalled(at));
        expect(stop).toBe(expected === -1 ? undefined : expected);
      }),
    );
  });
});
