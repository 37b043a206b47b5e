import { PipelineError } from "../errors.ts";
import { isMapping, newMapping, type Mapping } from "../values/values.ts";
import type { Context } from "./context.ts";
import { Interpolation, isExpression, type UsedVars } from "./interpolate.ts";
import { formatPythonText, formatValue } from "./python-text.ts";

/** More stages than any pipeline generates: a matrix multiplies quickly. */
const MAX_STAGES = 100_000;

/** A stage before its own `vars` are known. */
export interface StageTemplate {
  /** With the generated part: `train@0`. */
  readonly name: string;
  /** The name in the file, when `foreach` or `matrix` made the stage. */
  readonly group: string | undefined;
  readonly body: Mapping;
  readonly context: Context;
  /** Values that its `foreach` or `matrix` used. */
  readonly used: UsedVars;
  /** Names that its `foreach` or `matrix` gives a meaning to. */
  readonly reserved: readonly string[];
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
  return [{ name, group: undefined, body: definition, context, used: new Map(), reserved: [] }];
}

/** Values of one generated stage, by the generated part of its name: of two alike the later counts, as in DVC. */
type Generated = ReadonlyMap<string, Mapping>;

function expandForeach(name: string, definition: Mapping, context: Context, where: string): readonly StageTemplate[] {
  const body = definition["do"];
  if (!isMapping(body)) throw new PipelineError(where, "'foreach' needs 'do' with a stage");
  const interpolation = new Interpolation(context, where).at("foreach");
  const written = definition["foreach"];
  const data = interpolation.apply(written);
  const template = { body, context, used: interpolation.used };
  if (isMapping(data)) {
    const items = Object.entries(data).map(([key, item]) => [key, mappingOf({ item, key })] as const);
    return generate(name, new Map(items), { ...template, reserved: ["item", "key"] });
  }
  if (!Array.isArray(data)) throw new PipelineError(where, "'foreach' is neither a list nor a mapping");
  const isComposite = data.some((item: unknown) => isMapping(item) || Array.isArray(item));
  const items = (data as readonly unknown[]).map(
    (item, at) => [isComposite ? String(at) : nameOf(item, isFromVars(written, at)), mappingOf({ item })] as const,
  );
  return generate(name, new Map(items), { ...template, reserved: ["item"] });
}

function expandMatrix(name: string, definition: Mapping, context: Context, where: string): readonly StageTemplate[] {
  const interpolation = new Interpolation(context, where).at("matrix");
  const written = definition["matrix"];
  const matrix = interpolation.apply(written);
  if (!isMapping(matrix)) throw new PipelineError(where, "'matrix' is not a mapping");
  if (Object.keys(matrix).length === 0) throw new PipelineError(where, "'matrix' is empty");
  const { matrix: _, ...body } = definition;
  let combinations: { readonly fragments: readonly string[]; readonly item: Mapping }[] = [
    { fragments: [], item: newMapping() },
  ];
  for (const [key, values] of Object.entries(matrix)) {
    if (!Array.isArray(values)) throw new PipelineError(where, `'matrix.${key}' is not a list`);
    const list = isMapping(written) ? written[key] : undefined;
    if (combinations.length * values.length > MAX_STAGES) throw new PipelineError(where, "'matrix' is too large");
    combinations = combinations.flatMap(({ fragments, item }) =>
      (values as readonly unknown[]).map((value, at) => ({
        fragments: [
          ...fragments,
          isMapping(value) || Array.isArray(value) ? `${key}${at}` : nameOf(value, isFromVars(list, at)),
        ],
        item: mappingOf({ ...item, [key]: value }),
      })),
    );
  }
  const items = combinations.map(({ fragments, item }) => {
    const key = fragments.join("-");
    return [key, mappingOf({ item, key })] as const;
  });
  const template = { body: mappingOf(body), context, used: interpolation.used, reserved: ["item", "key"] };
  return generate(name, new Map(items), template);
}

function generate(
  group: string,
  items: Generated,
  template: Omit<StageTemplate, "name" | "group">,
): readonly StageTemplate[] {
  return [...items].map(([suffix, values]) => ({
    ...template,
    name: `${group}@${suffix}`,
    group,
    context: template.context.with(values),
  }));
}

/** Whether an item came through an expression: that of the whole list, or its own. */
function isFromVars(list: unknown, at: number): boolean {
  return isExpression(list) || (Array.isArray(list) && isExpression(list[at]));
}

/** Values from `vars` show as Python prints them, those written in place as YAML does. */
function nameOf(value: unknown, isPython: boolean): string {
  return isPython ? formatPythonText(value) : formatValue(value);
}

function mappingOf(values: Readonly<Record<string, unknown>>): Mapping {
  return Object.assign(newMapping(), values);
}
