import type { Moment } from "./moment.ts";
import type { SafePattern } from "./safe-pattern.ts";

/** A field as it was typed: `metrics.acc`, `params.yaml:lr`, `tag`, or the bare name of a metric or param. */
export interface FieldName {
  readonly text: string;
  /** 0-based place in the query. */
  readonly column: number;
}

/** A value as it was typed. */
export interface Literal {
  readonly text: string;
  /** A number or boolean when the text reads as one and has no quotes. */
  readonly value: number | bigint | boolean | string;
  /** Set for values of `created`. */
  readonly moment?: Moment;
}

/** How two values are compared. */
export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** What a query asks of an experiment. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "compare"; readonly field: FieldName; readonly operator: Comparison; readonly literal: Literal }
  | { readonly kind: "match"; readonly field: FieldName; readonly pattern: SafePattern; readonly isNegated: boolean }
  | {
      readonly kind: "in";
      readonly field: FieldName;
      readonly literals: readonly Literal[];
      readonly isNegated: boolean;
    }
  | { readonly kind: "missing"; readonly field: FieldName; readonly isNegated: boolean };

/** A query, parsed. */
export interface Query {
  readonly text: string;
  readonly condition: Condition;
  /** Every field it names, in order. */
  readonly fields: readonly FieldName[];
}
