import { PipelineError } from "../errors.ts";
import { isMapping, newMapping, type Mapping } from "../values.ts";
import type { Context } from "./context.ts";
import { formatPythonText, formatValue, Interpolation, type UsedVars } from "./interpolate.ts";

/** More stages than any pipeline generates: a matrix multiplies quickly. */
const MAX_STAGES = 100_000;

/** A stage before its own `vars` are known. */
export interface StageTemplate {
  /** With the generated part: `train@0`. */
  readonly name: string;
  readonly body: Mapping;
  readonly context: Context;
  /** Values that its `foreach` or `matrix` used. */
  readonly used: UsedVars;
  /** Neither `foreach` nor `matrix` made it. */
  readonly isPlain: boolean;
}

/**
 * Returns the stages that one entry of `stages` stands for: itself, or one for each item of its `foreach` or `matrix`.
 *
 * @throws {@link PipelineError}
 */
export function expandStage(
  name: string,
  definition: unknown,
  context: Context,
  file: string,
): readonly StageTemplate[] {
  const where = `${file}: stage '${name}'`;
  if (!isMapping(definition)) throw new PipelineError(where, "it is not a mapping");
  if ("foreach" in definition) return expandForeach(name, definition, context, where);
  if ("matrix" in definition) return expandMatrix(name, definition, context, where);
  return [{ name, body: definition, context, used: new Map(), isPlain: true }];
}

function expandForeach(name: string, definition: Mapping, context: Context, where: string): readonly StageTemplate[] {
  const body = definition["do"];
  if (!isMapping(body)) throw new PipelineError(where, "'foreach' needs 'do' with a stage");
  const interpolation = new Interpolation(context, where);
  const isFromVars = typeof definition["foreach"] === "string";
  const data = interpolation.apply(definition["foreach"]);
  const { used } = interpolation;
  if (isMapping(data)) {
    return Object.entries(data).map(([key, item]) => ({
      name: `${name}@${key}`,
      body,
      context: context.with(mappingOf({ item, key })),
      used,
      isPlain: false,
    }));
  }
  if (!Array.isArray(data)) throw new PipelineError(where, "'foreach' is neither a list nor a mapping");
  const isComposite = data.some((item: unknown) => isMapping(item) || Array.isArray(item));
  return (data as readonly unknown[]).map((item, at) => ({
    name: `${name}@${isComposite ? at : nameOf(item, isFromVars)}`,
    body,
    context: context.with(mappingOf({ item })),
    used,
    isPlain: false,
  }));
}

function expandMatrix(name: string, definition: Mapping, context: Context, where: string): readonly StageTemplate[] {
  const interpolation = new Interpolation(context, where);
  const written = definition["matrix"];
  const matrix = interpolation.apply(written);
  if (!isMapping(matrix)) throw new PipelineError(where, "'matrix' is not a mapping");
  const { matrix: _, ...rest } = definition;
  const body = mappingOf(rest);
  let combinations: { readonly fragments: readonly string[]; readonly item: Mapping }[] = [
    { fragments: [], item: newMapping() },
  ];
  for (const [key, values] of Object.entries(matrix)) {
    if (!Array.isArray(values)) throw new PipelineError(where, `'matrix.${key}' is not a list`);
    const isFromVars = typeof written === "string" || (isMapping(written) && typeof written[key] === "string");
    if (combinations.length * values.length > MAX_STAGES) throw new PipelineError(where, "'matrix' is too large");
    combinations = combinations.flatMap(({ fragments, item }) =>
      (values as readonly unknown[]).map((value, at) => ({
        fragments: [...fragments, isMapping(value) || Array.isArray(value) ? `${key}${at}` : nameOf(value, isFromVars)],
        item: mappingOf({ ...item, [key]: value }),
      })),
    );
  }
  return combinations.map(({ fragments, item }) => {
    const key = fragments.join("-");
    const context_ = context.with(mappingOf({ item, key }));
    return { name: `${name}@${key}`, body, context: context_, used: interpolation.used, isPlain: false };
  });
}

/** Values from `vars` show as Python prints them, those written in place as YAML does. */
function nameOf(value: unknown, isFromVars: boolean): string {
  return isFromVars ? formatPythonText(value) : formatValue(value);
}

function mappingOf(values: Readonly<Record<string, unknown>>): Mapping {
  return Object.assign(newMapping(), values);
}
