import { FloatValue, formatPythonFloat } from "@waymark/core";
import type { ConfigKey, ConfigMap, ConfigValue } from "../values.ts";
import { analyzeScalar, type ScalarAnalysis } from "./analyze-scalar.ts";
import { looksLikeNumberOrBoolean, looksLikeOther } from "./plain-values.ts";
import { YamlWriter } from "./yaml-writer.ts";

/**
 * Writes a configuration as `OmegaConf.to_yaml` does, which is how DVC writes what Hydra composed: PyYAML's block style,
 * lines folded at blanks beyond column 80.
 */
export function dumpConfigYaml(value: ConfigValue): string {
  const writer = new YamlWriter();
  writeNode(writer, value, { indent: 0, isInMapping: false, isInline: false });
  return `${writer.text}\n`;
}

interface Place {
  /** Columns that members of a collection begin at. */
  readonly indent: number;
  readonly isInMapping: boolean;
  /** Behind a dash: the first member goes on in the same line. */
  readonly isInline: boolean;
}

/** Keys with this many characters or more stand behind a `?`. */
const SIMPLE_KEY_LIMIT = 123;

function writeNode(writer: YamlWriter, value: ConfigValue, place: Place): void {
  if (Array.isArray(value) && value.length > 0) writeList(writer, value, place);
  else if (value instanceof Map && value.size > 0) writeMap(writer, value, place);
  else if (Array.isArray(value)) writer.indicator("[]");
  else if (value instanceof Map) writer.indicator("{}");
  else writeScalar(writer, value, place.indent, true);
}

function writeList(writer: YamlWriter, items: readonly ConfigValue[], { indent, isInMapping, isInline }: Place): void {
  // Dashes of a list stand under the key it belongs to.
  const own = isInMapping && !isInline ? Math.max(0, indent - 2) : indent;
  items.forEach((item, at) => {
    if (at > 0 || !isInline) writer.startLine(own);
    writer.indicator("-");
    writeNode(writer, item, { indent: own + 2, isInMapping: false, isInline: true });
  });
}

function writeMap(writer: YamlWriter, map: ConfigMap, { indent, isInline }: Place): void {
  let isFirst = true;
  for (const [key, value] of map) {
    if (!isFirst || !isInline) writer.startLine(indent);
    isFirst = false;
    const isSimple = isSimpleKey(key);
    if (!isSimple) writer.indicator("?");
    writeScalar(writer, key, indent + 2, !isSimple, isSimple);
    if (!isSimple) writer.startLine(indent);
    writer.colon(isSimple);
    writeNode(writer, value, { indent: indent + 2, isInMapping: true, isInline: !isSimple });
  }
}

function isSimpleKey(key: ConfigKey): boolean {
  if (typeof key !== "string") return true;
  return key !== "" && [...key].length < SIMPLE_KEY_LIMIT && !analyzeScalar(key).isMultiline;
}

function writeScalar(writer: YamlWriter, value: ConfigKey, indent: number, canSplit: boolean, isKey = false): void {
  if (typeof value !== "string") {
    writer.plain(otherText(value), indent, canSplit);
    return;
  }
  const analysis = analyzeScalar(value);
  switch (styleOf(value, analysis, isKey)) {
    case "plain":
      writer.plain(value, indent, canSplit);
      break;
    case "single":
      writer.singleQuoted(value, indent, canSplit);
      break;
    case "double":
      writer.doubleQuoted(value, indent, canSplit);
  }
}

function otherText(value: Exclude<ConfigKey, string>): string {
  if (value === null) return "null";
  if (!(value instanceof FloatValue)) return `${value}`;
  const text = formatPythonFloat(value.value);
  if (text === "nan") return ".nan";
  if (text.endsWith("inf")) return text.replace("inf", ".inf");
  // YAML 1.1 takes an exponent without a point for text.
  return text.includes(".") ? text : text.replace("e", ".0e");
}

function styleOf(text: string, analysis: ScalarAnalysis, isKey: boolean): "plain" | "single" | "double" {
  const isQuoted = looksLikeNumberOrBoolean(text);
  const fitsKey = !isKey || (text !== "" && !analysis.isMultiline);
  if (!isQuoted && !looksLikeOther(text) && fitsKey && analysis.allowsPlain) return "plain";
  return analysis.allowsSingle && !(isKey && analysis.isMultiline) ? "single" : "double";
}
