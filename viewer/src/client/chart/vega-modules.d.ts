/**
 * The parts of Vega that live charts need, imported one by one so that the rest stays out of the first load. The parts
 * carry no types of their own; those of the `vega` package describe them.
 */
declare module "vega-view" {
  export { View } from "vega";
}
declare module "vega-parser" {
  export { parse } from "vega";
}
declare module "vega-dataflow" {
  export { changeset } from "vega";

  /** Transform constructors by lower-case name. */
  export const transforms: Record<string, unknown>;

  /** A pulse of changes on its way through the dataflow. */
  export interface Pulse {
    readonly ALL: number;
    readonly SOURCE: number;
    fork(flags: number): Pulse;
    materialize(): Pulse;
    reflow(): Pulse;
    visit(flags: number, visitor: (tuple: Record<string, unknown>) => void): Pulse;
    modifies(field: string): Pulse;
  }

  export class Transform {
    constructor(init: unknown, params?: unknown);
    value: unknown;
    transform(params: unknown, pulse: Pulse): Pulse;
  }
}
declare module "vega-transforms" {
  const collect: unknown;
  const facet: unknown;
  const prefacet: unknown;
  const subflow: unknown;
  const relay: unknown;
  const sieve: unknown;
  const params: unknown;
  const values: unknown;
  const multivalues: unknown;
  const tupleindex: unknown;
  const proxy: unknown;
  export { collect, facet, multivalues, params, prefacet, proxy, relay, sieve, subflow, tupleindex, values };
}
declare module "vega-view-transforms" {
  const bound: unknown;
  const identifier: unknown;
  const mark: unknown;
  const overlap: unknown;
  const render: unknown;
  const viewlayout: unknown;
  export { bound, identifier, mark, overlap, render, viewlayout };
}
declare module "vega-encode" {
  const axisticks: unknown;
  const datajoin: unknown;
  const encode: unknown;
  const scale: unknown;
  export { axisticks, datajoin, encode, scale };
}
