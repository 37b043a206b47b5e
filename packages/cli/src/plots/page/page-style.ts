/** The style of the page. Charts read their colours from it, so it alone decides how the page looks in the dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #171b21; --muted: #5c6675; --line: #e3e7ed;
  --grid: #eceef2; --axis: #cfd4dc; --problem: #9c2f1f; --focus: #1668c7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #171a20; --text: #e6e9ee; --muted: #97a1b0; --line: #2a303a;
    --grid: #252a33; --axis: #3b434f; --problem: #ff9b8a; --focus: #6db3ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1500px; padding: 24px; background: var(--page); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
header { margin: 0 0 20px; }
h1 { margin: 0; font-size: 20px; font-weight: 650; }
header p { margin: 2px 0 0; color: var(--muted); overflow-wrap: anywhere; }
main { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
.plot {
  margin: 0; padding: 16px; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
}
.plot.wide { grid-column: 1 / -1; }
figcaption { margin: 0 0 12px; font-size: 14px; font-weight: 600; overflow-wrap: anywhere; }
figcaption small { margin-left: 6px; font-size: 12px; font-weight: 400; color: var(--muted); }
.chart { width: 100%; overflow-x: auto; padding-bottom: 4px; }
.chart > svg, .chart .chart-wrapper { display: block; }
.vega-bindings { margin-top: 8px; color: var(--muted); font-size: 12px; }
.vega-bind { display: flex; align-items: center; gap: 8px; }
.vega-bind label { display: flex; align-items: center; gap: 8px; }
.vega-bind input[type="range"] { width: 160px; max-width: 45vw; accent-color: var(--focus); }
.vega-bind input[type="range"] + label, .vega-bind span { font-variant-numeric: tabular-nums; }
input:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.images { display: flex; flex-wrap: wrap; gap: 16px; }
.image { flex: 0 1 auto; min-width: 0; max-width: 100%; }
.image p { margin: 0 0 4px; color: var(--muted); font-size: 12px; overflow-wrap: anywhere; }
.image img { display: block; max-width: 100%; height: auto; border-radius: 4px; background: #fff; }
.empty, .problem { margin: 8px 0 0; font-size: 13px; overflow-wrap: anywhere; }
.empty { color: var(--muted); }
.problem { color: var(--problem); }
#vg-tooltip-element {
  position: fixed; z-index: 10; display: none; max-width: 90vw; padding: 8px 10px; pointer-events: none;
  background: var(--card); color: var(--text); border: 1px solid var(--line); border-radius: 6px; font-size: 12px;
  box-shadow: 0 4px 16px rgb(0 0 0 / 18%);
}
#vg-tooltip-element.visible { display: block; }
#vg-tooltip-element table { border-spacing: 0; }
#vg-tooltip-element td { padding: 1px 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
#vg-tooltip-element td.key { padding-right: 10px; color: var(--muted); }
@media (max-width: 480px) {
  body { padding: 12px; }
  .plot { padding: 12px; }
}
@media print { body { background: none; } .plot { break-inside: avoid; } }
`;
