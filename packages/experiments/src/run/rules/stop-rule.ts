/** When a run has gone on for long enough, by the values of one metric. */
export interface StopRule {
  /** Name of the metric as it is logged, such as `val/loss`. */
  readonly metric: string;
  readonly condition: StopCondition;
  /** How long the condition has to hold. */
  readonly patience: Patience;
  /** Values of earlier steps do not count; `null`: all do. */
  readonly afterStep: number | null;
}

/** What stops a run. */
export type StopCondition =
  /** A value beyond a threshold; NaN is on no side of one. */
  | { readonly kind: "compare"; readonly operator: StopOperator; readonly value: number }
  /** A value that is none, or not one to go on with. */
  | { readonly kind: "is"; readonly what: "nan" | "infinite" | "finite"; readonly isNegated: boolean }
  /** No new best value. NaN is never better. */
  | { readonly kind: "stalled"; readonly goal: "min" | "max"; readonly minDelta: MinDelta };

/** Operators of thresholds. */
export type StopOperator = "<" | "<=" | ">" | ">=" | "=" | "!=";

/** By how much a value has to be better to count as such: so much, or so many hundredths of the best value. */
export interface MinDelta {
  readonly amount: number;
  readonly isPercent: boolean;
}

/** So many values one after another, or over so many steps. */
export interface Patience {
  readonly count: number;
  readonly unit: "values" | "steps";
}

/** Formats a rule as it is typed; {@link parseStopRule} reads it back. */
export function formatStopRule(rule: StopRule): string {
  const { metric, condition, patience, afterStep } = rule;
  const hasPatience = condition.kind === "stalled" || patience.count !== 1 || patience.unit !== "values";
  return [
    /^[^\s=!<>"',]+$/u.test(metric) ? metric : `"${metric.replaceAll(/["\\]/gu, String.raw`\$&`)}"`,
    formatCondition(condition),
    ...(hasPatience ? [`for ${patience.count}${patience.unit === "steps" ? " steps" : ""}`] : []),
    ...(condition.kind === "stalled" ? formatImprovement(condition) : []),
    ...(afterStep === null ? [] : [`after ${afterStep}`]),
  ].join(" ");
}

function formatCondition(condition: StopCondition): string {
  switch (condition.kind) {
    case "compare":
      return `${condition.operator} ${formatNumber(condition.value)}`;
    case "is":
      return `is ${condition.isNegated ? "not " : ""}${condition.what}`;
    case "stalled":
      return "not improving";
  }
}

function formatImprovement({ goal, minDelta }: Extract<StopCondition, { kind: "stalled" }>): readonly string[] {
  const { amount, isPercent } = minDelta;
  const delta = amount === 0 ? [] : [`by ${amount}${isPercent ? "%" : ""}`];
  return [goal, ...delta];
}

function formatNumber(value: number): string {
  if (value === Infinity) return "inf";
  return value === -Infinity ? "-inf" : String(value);
}
