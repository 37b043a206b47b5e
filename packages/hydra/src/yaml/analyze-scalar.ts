/** In which styles PyYAML writes a text. */
export interface ScalarAnalysis {
  readonly isMultiline: boolean;
  /** Without quotes, in a block. */
  readonly allowsPlain: boolean;
  readonly allowsSingle: boolean;
}

const BREAK = /[\n\u0085\u2028\u2029]/u;
const STRUCTURE = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`])|^[?:-](?:[\0 \t\r\n\u0085\u2028\u2029]|$)/u;
const INNER_STRUCTURE = /(?!^):(?:[\0 \t\r\n\u0085\u2028\u2029]|$)|[\0 \t\r\n\u0085\u2028\u2029]#/u;
/** What has to be escaped. Line feeds and the other breaks do not. */
// oxlint-disable-next-line no-control-regex -- these are the characters YAML cannot print
const SPECIAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]|\p{Surrogate}|\u{10ffff}/u;

/** Finds the styles that a text may have, by the rules of PyYAML. */
export function analyzeScalar(text: string): ScalarAnalysis {
  if (text === "") return { isMultiline: false, allowsPlain: true, allowsSingle: true };
  const isMultiline = BREAK.test(text);
  const isSpecial = SPECIAL.test(text) || / [\n\u0085\u2028\u2029]/u.test(text);
  const hasIndentedLine = /[\n\u0085\u2028\u2029] /u.test(text);
  const hasOuterBlank = /^[ \n\u0085\u2028\u2029]|[ \n\u0085\u2028\u2029]$/u.test(text);
  const hasStructure = STRUCTURE.test(text) || INNER_STRUCTURE.test(text);
  return {
    isMultiline,
    allowsPlain: !isMultiline && !isSpecial && !hasIndentedLine && !hasOuterBlank && !hasStructure,
    allowsSingle: !isSpecial && !hasIndentedLine,
  };
}
