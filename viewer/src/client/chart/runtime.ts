import { transforms } from "vega-dataflow";
import { axisticks, datajoin, encode, scale } from "vega-encode";
import { expressionInterpreter } from "vega-interpreter";
import { parse } from "vega-parser";
import {
  collect,
  facet,
  multivalues,
  params,
  prefacet,
  proxy,
  relay,
  sieve,
  subflow,
  tupleindex,
  values,
} from "vega-transforms";
import { View } from "vega-view";
import { bound, identifier, mark, overlap, render, viewlayout } from "vega-view-transforms";
import type { Runtime, Spec } from "vega";
import { refuseEverything } from "./refuse-everything.ts";
import { registerSeriesTransform } from "./series-transform.ts";

/** What a live chart's dataflow is made of; a specification that names another transform does not parse. */
const PARTS: Readonly<Record<string, unknown>> = {
  axisticks,
  bound,
  collect,
  datajoin,
  encode,
  facet,
  identifier,
  mark,
  multivalues,
  overlap,
  params,
  prefacet,
  proxy,
  relay,
  render,
  scale,
  sieve,
  subflow,
  tupleindex,
  values,
  viewlayout,
};

let isRegistered = false;

/** Parses a specification once for any number of views. Expressions stay data: the interpreter walks them. */
export function parseSpec(spec: Spec): Runtime {
  if (!isRegistered) {
    Object.assign(transforms, PARTS);
    registerSeriesTransform();
    isRegistered = true;
  }
  return parse(spec, undefined, { ast: true });
}

/** A view that evaluates nothing as code and loads nothing. */
export function createView(runtime: Runtime, renderer: "canvas" | "none"): View {
  const options = { renderer, expr: expressionInterpreter, loader: refuseEverything() };
  return new View(runtime, options);
}
