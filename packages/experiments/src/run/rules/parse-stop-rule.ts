import { type RuleWord, splitRule } from "./rule-words.ts";
import type { MinDelta, Patience, StopCondition, StopOperator, StopRule } from "./stop-rule.ts";
import { InvalidStopRuleError } from "./stop-rule-error.ts";

/**
 * Parses when a run is to be stopped: `val/loss not improving for 5`, `val/acc > 0.99`, `train/loss is nan`.
 *
 * ```
 * rule      = metric condition { modifier }
 * condition = operator number | "is" [ "not" ] ( "nan" | "inf" | "finite" )
 *           | [ "is" ] "not" ( "improving" | "falling" | "rising" )
 * modifier  = "for" count [ "values" | "steps" ] | "by" number [ "%" ] | "min" | "max" | "after" [ "step" ] count
 * operator  = "<" | "<=" | ">" | ">=" | "=" | "==" | "!="
 * ```
 *
 * Which way a metric improves is told by `min` or `max`, or by its name where that is plain (`loss`, `accuracy`). A
 * count alone is one of logged values.
 *
 * @throws {@link InvalidStopRuleError} that shows the place of what is wrong.
 * @see docs/runs.md#run
 */
export function parseStopRule(text: string): StopRule {
  return new RuleParser(text).parse();
}

const OPERATORS: ReadonlyMap<string, StopOperator> = new Map([
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
  ["=", "="],
  ["==", "="],
  ["!=", "!="],
]);
const STATES: ReadonlyMap<string, "nan" | "infinite" | "finite"> = new Map([
  ["nan", "nan"],
  ["inf", "infinite"],
  ["infinite", "infinite"],
  ["finite", "finite"],
]);
/** What a metric does that gets better, and which way that is, as far as the word says it. */
const TRENDS: ReadonlyMap<string, "min" | "max" | undefined> = new Map([
  ["improving", undefined],
  ["falling", "min"],
  ["decreasing", "min"],
  ["rising", "max"],
  ["increasing", "max"],
]);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;
const COUNT = /^[1-9]\d{0,14}$/u;
const STEP = /^\d{1,15}$/u;
/** Parts of names that leave no doubt. */
const LESS_IS_BETTER = /(?:^|[^a-z])(?:loss|err|error|mse|rmse|mae|nll|perplexity|ppl|wer|cer|fid)(?:$|[^a-z])/iu;
const MORE_IS_BETTER =
  /(?:^|[^a-z])(?:acc|accuracy|auc|auroc|f1|precision|recall|iou|miou|map|bleu|rouge|dice|reward|score)(?:$|[^a-z])/iu;

class RuleParser {
  readonly #text: string;
  readonly #words: readonly RuleWord[];
  #at = 0;
  #patience: Patience | undefined;
  #minDelta: MinDelta | undefined;
  #goal: "min" | "max" | undefined;
  #afterStep: number | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#words = splitRule(text);
  }

  parse(): StopRule {
    const metric = this.#metric();
    const place = this.#next;
    const partial = this.#condition();
    this.#modifiers(partial.kind === "stalled");
    const condition = partial.kind === "stalled" ? this.#stalled(metric, partial.goal, place) : partial;
    return {
      ...{ metric: metric.text, condition },
      patience: this.#patience ?? { count: 1, unit: "values" },
      afterStep: this.#afterStep ?? null,
    };
  }

  #metric(): RuleWord {
    const word = this.#next;
    if (word.kind === "end") this.#fail("The rule is empty");
    if (word.kind === "operator" || word.text === "") this.#fail(`Expected the name of a metric, not '${word.text}'`);
    return this.#take();
  }

  #condition(): Exclude<StopCondition, { kind: "stalled" }> | { kind: "stalled"; goal: "min" | "max" | undefined } {
    const operator = OPERATORS.get(this.#next.text);
    if (this.#next.kind === "operator" && operator !== undefined) {
      this.#take();
      return { kind: "compare", operator, value: this.#threshold() };
    }
    const hasIs = this.#takeWord("is");
    const isNegated = this.#takeWord("not");
    const word = this.#next;
    const key = word.kind === "word" ? word.text.toLowerCase() : "";
    const what = hasIs ? STATES.get(key) : undefined;
    if (what !== undefined) {
      this.#take();
      return { kind: "is", what, isNegated };
    }
    if (isNegated && TRENDS.has(key)) {
      this.#take();
      return { kind: "stalled", goal: TRENDS.get(key) };
    }
    if (isNegated) this.#fail(`Expected 'improving'${hasIs ? ", 'nan' or 'finite'" : ""} after 'not'`);
    if (hasIs) this.#fail("Expected 'nan', 'inf', 'finite' or 'not' after 'is'");
    return this.#fail("Expected what the metric is compared with", word);
  }

  #threshold(): number {
    const word = this.#next;
    const text = word.kind === "word" ? word.text.toLowerCase() : "";
    if (text === "nan") this.#fail("No value is equal to NaN", word, "Write `is nan` or `is not finite`.");
    const infinity = /^(?<sign>[+-]?)inf(?:inity)?$/u.exec(text);
    const value = infinity === null ? this.#readNumber(word) : infinity.groups?.["sign"] === "-" ? -Infinity : Infinity;
    this.#take();
    return value;
  }

  #readNumber(word: RuleWord): number {
    if (word.kind === "word" && NUMBER.test(word.text)) return Number(word.text) + 0;
    return this.#fail(
      word.kind === "end" ? "The rule ends where a number should follow" : `'${word.text}' is no number`,
    );
  }

  #modifiers(isStalled: boolean): void {
    while (this.#next.kind !== "end") {
      const word = this.#next;
      if (this.#takeWord("for")) this.#patience = this.#once(word, this.#patience, this.#readPatience());
      else if (this.#takeWord("after")) this.#afterStep = this.#once(word, this.#afterStep, this.#readStep());
      else if (isStalled && this.#takeWord("by")) {
        this.#minDelta = this.#once(word, this.#minDelta, this.#readDelta());
      } else if (isStalled && (this.#isWord("min") || this.#isWord("max"))) {
        this.#goal = this.#once(word, this.#goal, this.#take().text.toLowerCase() === "max" ? "max" : "min");
      } else {
        const known = isStalled ? "'for', 'by', 'min', 'max' or 'after'" : "'for' or 'after'";
        this.#fail(`Expected ${known} instead of '${word.text}'`);
      }
    }
  }

  #once<T>(word: RuleWord, before: T | undefined, value: T): T {
    if (before !== undefined) this.#fail(`'${word.text}' says again what was said before`, word);
    return value;
  }

  #readPatience(): Patience {
    const count = this.#count(COUNT, "for", "`for 5` waits for five more values, `for 500 steps` for so many steps.");
    if (this.#takeWord("steps") || this.#takeWord("step")) return { count, unit: "steps" };
    void (this.#takeWord("values") || this.#takeWord("value"));
    return { count, unit: "values" };
  }

  #readStep(): number {
    this.#takeWord("step");
    return this.#count(STEP, "after", "`after 100` leaves the values of earlier steps out.");
  }

  #count(pattern: RegExp, after: string, hint: string): number {
    const word = this.#next;
    if (word.kind !== "word" || !pattern.test(word.text)) {
      this.#fail(`Expected a whole number after '${after}'`, word, hint);
    }
    return Number(this.#take().text);
  }

  #readDelta(): MinDelta {
    const word = this.#next;
    const isPercent = word.kind === "word" && word.text.endsWith("%");
    const amount = this.#readNumber(isPercent ? { ...word, text: word.text.slice(0, -1) } : word);
    if (amount < 0 || !Number.isFinite(amount)) this.#fail("An improvement is a number above 0", word);
    this.#take();
    return { amount, isPercent: isPercent && amount !== 0 };
  }

  #stalled(metric: RuleWord, trend: "min" | "max" | undefined, place: RuleWord): StopCondition {
    if (trend !== undefined && this.#goal !== undefined && trend !== this.#goal) {
      this.#fail(`What should go ${trend === "min" ? "down" : "up"} has no goal of '${this.#goal}'`, place);
    }
    const goal = trend ?? this.#goal ?? guessGoal(metric.text);
    if (goal === undefined) {
      this.#fail(
        `Whether '${metric.text}' gets better by falling or by rising is not said`,
        metric,
        `Add \`min\` or \`max\`: \`${this.#text.trim()} max\`.`,
      );
    }
    if (this.#patience === undefined) {
      this.#fail("The rule does not say for how long", this.#next, `Add it: \`${this.#text.trim()} for 5\`.`);
    }
    return { kind: "stalled", goal, minDelta: this.#minDelta ?? { amount: 0, isPercent: false } };
  }

  get #next(): RuleWord {
    return this.#words[this.#at] as RuleWord;
  }

  #take(): RuleWord {
    const word = this.#next;
    if (word.kind !== "end") this.#at += 1;
    return word;
  }

  #isWord(text: string): boolean {
    return this.#next.kind === "word" && this.#next.text.toLowerCase() === text;
  }

  #takeWord(text: string): boolean {
    if (!this.#isWord(text)) return false;
    this.#take();
    return true;
  }

  #fail(problem: string, word: RuleWord = this.#next, hint?: string): never {
    throw new InvalidStopRuleError(this.#text, word.column, problem, hint);
  }
}

/** Only where the last part of a name, or what it belongs to, leaves no doubt; both at once is a doubt. */
function guessGoal(metric: string): "min" | "max" | undefined {
  const words = metric.replaceAll(/([a-z\d])([A-Z])/gu, "$1_$2");
  const [isLess, isMore] = [LESS_IS_BETTER.test(words), MORE_IS_BETTER.test(words)];
  if (isLess === isMore) return undefined;
  return isLess ? "min" : "max";
}
