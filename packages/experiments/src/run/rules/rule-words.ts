import { InvalidStopRuleError } from "./stop-rule-error.ts";

/** One word of a rule. */
export interface RuleWord {
  readonly kind: "word" | "quoted" | "operator" | "end";
  /** Of a quoted text what stands between the quotes. */
  readonly text: string;
  /** 0-based place in the rule. */
  readonly column: number;
}

const WORD = /(?<space>\s+)|(?<operator>==|!=|<=|>=|=|<|>)|"(?<quoted>(?:[^"\\]|\\.)*)"|(?<word>[^\s=!<>"',]+)/suy;
/** Longer ones come from no person. */
const MAX_LENGTH = 2000;

/**
 * Splits a rule into words; the last is always `end`. Inside quotes a backslash takes the next character as it is.
 *
 * @throws {@link InvalidStopRuleError}
 */
export function splitRule(rule: string): RuleWord[] {
  if (rule.length > MAX_LENGTH) {
    throw new InvalidStopRuleError(rule, MAX_LENGTH, `The rule is longer than ${MAX_LENGTH} characters`);
  }
  const words: RuleWord[] = [];
  for (let column = 0; column < rule.length;) {
    WORD.lastIndex = column;
    const match = WORD.exec(rule);
    if (match === null) {
      const isQuote = rule[column] === '"';
      const problem = isQuote
        ? "The text that begins here has no closing quote"
        : `'${rule[column]}' means nothing here`;
      throw new InvalidStopRuleError(rule, column, problem);
    }
    const { operator, quoted, word } = match.groups ?? {};
    if (operator !== undefined) words.push({ kind: "operator", text: operator, column });
    if (quoted !== undefined) words.push({ kind: "quoted", text: quoted.replaceAll(/\\(.)/gsu, "$1"), column });
    if (word !== undefined) words.push({ kind: "word", text: word, column });
    column += match[0].length;
  }
  return [...words, { kind: "end", text: "", column: rule.length }];
}
