import type { Spec } from "vega";
import { MARGINS } from "./geometry.ts";

/** A fixed stack, so that exports look as the page does. */
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/**
 * The specification of every live chart. Domains, ticks, scales and colours are signals, and the rows are few, so one
 * parsed specification serves all charts and nothing about them ever needs a new view.
 */
export const LIVE_CHART_SPEC: Spec = {
  width: 300,
  height: 150,
  padding: { ...MARGINS },
  autosize: "none",
  background: { signal: "surface" },
  config: { events: { defaults: { allow: [] } } },
  signals: [
    { name: "surface", value: "transparent" },
    { name: "textColor", value: "#5c6675" },
    { name: "gridColor", value: "#eceef2" },
    { name: "axisColor", value: "#cfd4dc" },
    { name: "xDomain", value: [0, 1] },
    { name: "yDomain", value: [0, 1] },
    { name: "xScale", value: "linear" },
    { name: "yScale", value: "linear" },
    { name: "xTicks", value: [] },
    { name: "xLabels", value: [] },
    { name: "yTicks", value: [] },
    { name: "yLabels", value: [] },
    { name: "lineWidth", value: 1 },
    { name: "highlight", value: null },
    { name: "version", value: 0 },
  ],
  data: [{ name: "rows", values: [] }],
  scales: [
    { name: "x", type: "linear", domain: { signal: "xDomain" }, range: "width", zero: false, nice: false },
    { name: "y", type: "linear", domain: { signal: "yDomain" }, range: "height", zero: false, nice: false },
  ],
  axes: [
    {
      scale: "y",
      orient: "left",
      grid: true,
      gridColor: { signal: "gridColor" },
      domain: false,
      ticks: false,
      values: { signal: "yTicks" },
      labelColor: { signal: "textColor" },
      labelFont: FONT,
      labelFontSize: 11,
      labelPadding: 8,
      labelLimit: MARGINS.left - 8,
      labelOverlap: true,
      encode: { labels: { update: { text: { signal: "yLabels[indexof(yTicks, datum.value)]" } } } },
    },
    {
      scale: "x",
      orient: "bottom",
      grid: false,
      domainColor: { signal: "axisColor" },
      tickColor: { signal: "axisColor" },
      tickSize: 4,
      values: { signal: "xTicks" },
      labelColor: { signal: "textColor" },
      labelFont: FONT,
      labelFontSize: 11,
      labelPadding: 4,
      labelFlush: true,
      labelOverlap: true,
      encode: { labels: { update: { text: { signal: "xLabels[indexof(xTicks, datum.value)]" } } } },
    },
  ],
  marks: [
    {
      type: "group",
      clip: true,
      interactive: false,
      encode: { update: { width: { signal: "width" }, height: { signal: "height" } } },
      marks: [
        {
          type: "shape",
          from: { data: "rows" },
          interactive: false,
          encode: {
            update: {
              stroke: { field: "color" },
              strokeDash: { field: "dash" },
              strokeJoin: { value: "round" },
              strokeWidth: {
                signal: "lineWidth + datum.extraWidth + (highlight !== null && datum.run === highlight ? 0.75 : 0)",
              },
              opacity: { signal: "datum.opacity * (highlight !== null && datum.run !== highlight ? 0.22 : 1)" },
              zindex: { signal: "highlight !== null && datum.run === highlight ? 1 : 0" },
            },
          },
          transform: [
            {
              type: "series",
              xdomain: { signal: "xDomain" },
              ydomain: { signal: "yDomain" },
              width: { signal: "width" },
              height: { signal: "height" },
              xscale: { signal: "xScale" },
              yscale: { signal: "yScale" },
              version: { signal: "version" },
            } as never,
          ],
        },
      ],
    },
  ],
};
