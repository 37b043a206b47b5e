import { formatStopRule, type MinDelta, type StopCondition, type StopRule } from "./stop-rule.ts";

/** A rule that says to stop. */
export interface RuleStop {
  readonly rule: StopRule;
  readonly step: number;
  readonly value: number;
  /** One line, for people. */
  readonly reason: string;
}

/** What a rule makes of the values of its metric, one after another. */
export class RuleState {
  readonly rule: StopRule;
  #best: { readonly step: number; readonly value: number } | undefined;
  /** The value before those for which the condition holds; for a rule on improvement the best, or the first. */
  #sinceStep: number | undefined;
  #count = 0;

  constructor(rule: StopRule) {
    this.rule = rule;
  }

  /** Takes the next value. @returns What to stop for; `undefined` to go on. */
  take(step: number, value: number): RuleStop | undefined {
    const { condition, patience, afterStep } = this.rule;
    if (afterStep !== null && step < afterStep) return undefined;
    if (!this.#advance(condition, step, value)) return undefined;
    const isOver =
      patience.unit === "values" ? this.#count >= patience.count : step - (this.#sinceStep ?? step) >= patience.count;
    return isOver ? { rule: this.rule, step, value, reason: this.#describe(step, value) } : undefined;
  }

  /** Forgets all values: those that follow are another history. */
  reset(): void {
    this.#best = undefined;
    this.#sinceStep = undefined;
    this.#count = 0;
  }

  /** Counts a value. @returns Whether the condition holds with it. */
  #advance(condition: StopCondition, step: number, value: number): boolean {
    if (condition.kind === "stalled" ? this.#isBetter(condition, value) : !holds(condition, value)) {
      this.#best = { step, value };
      this.#sinceStep = condition.kind === "stalled" ? step : undefined;
      this.#count = 0;
      return false;
    }
    this.#sinceStep ??= step;
    this.#count += 1;
    return true;
  }

  #isBetter({ goal, minDelta }: Extract<StopCondition, { kind: "stalled" }>, value: number): boolean {
    if (Number.isNaN(value)) return false;
    if (this.#best === undefined) return true;
    const best = this.#best.value;
    const delta = deltaOf(minDelta, best);
    return goal === "min" ? value < best - delta : value > best + delta;
  }

  #describe(step: number, value: number): string {
    const text = `'${formatStopRule(this.rule)}'`;
    const now = `${format(value)} at step ${step}`;
    if (this.rule.condition.kind !== "stalled") return `${text}: it is ${now}`;
    if (this.#best === undefined) return `${text}: it never had a value, and is ${now}`;
    return `${text}: the best was ${format(this.#best.value)} at step ${this.#best.step}, and it is ${now}`;
  }
}

function deltaOf({ amount, isPercent }: MinDelta, best: number): number {
  // A part of infinity is no number, and nothing is better by that.
  if (amount === 0 || !Number.isFinite(best)) return 0;
  return isPercent ? (amount / 100) * Math.abs(best) : amount;
}

function holds(condition: Exclude<StopCondition, { kind: "stalled" }>, value: number): boolean {
  if (condition.kind === "is") return isState(condition.what, value) !== condition.isNegated;
  if (Number.isNaN(value)) return false;
  switch (condition.operator) {
    case "<":
      return value < condition.value;
    case "<=":
      return value <= condition.value;
    case ">":
      return value > condition.value;
    case ">=":
      return value >= condition.value;
    case "=":
      return value === condition.value;
    case "!=":
      return value !== condition.value;
  }
}

function isState(what: "nan" | "infinite" | "finite", value: number): boolean {
  if (what === "nan") return Number.isNaN(value);
  return what === "finite" ? Number.isFinite(value) : Math.abs(value) === Infinity;
}

function format(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value);
}
