import { CHART_STYLE, DARK, LIGHT } from "./svg.ts";

/** The style of the page: cards on paper, light and dark, from 320 px up, and in print. */
export const PAGE_STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
main{max-width:1280px;margin:0 auto;padding:32px 20px 64px}
header{border-bottom:1px solid var(--line);padding-bottom:16px}
h1{font-size:22px;line-height:1.3;margin:0;overflow-wrap:anywhere}
h2{font-size:15px;margin:36px 0 12px}
h2 small{font-weight:400;color:var(--muted);margin-left:6px}
.sub{color:var(--muted);margin:4px 0 0}
.grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr));align-items:start}
.pair{display:grid;gap:0 24px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));align-items:start}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden}
.chart{padding:4px}
.wm-chart{display:block;width:100%;height:auto}
table{border-collapse:collapse;width:100%;table-layout:fixed}
tr+tr{border-top:1px solid var(--line)}
th,td{padding:6px 14px;text-align:left;vertical-align:top;overflow-wrap:anywhere;font-weight:400}
th{color:var(--muted);width:45%}
td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
.images{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(132px,1fr));margin:0 0 16px}
figure{margin:0}
figure img{display:block;width:100%;max-height:320px;object-fit:contain;background:var(--line);border-radius:6px}
figure img.tiny{image-rendering:pixelated}
figcaption{color:var(--muted);font-size:12px;padding-top:4px;overflow-wrap:anywhere}
h3{font-size:13px;font-weight:600;color:var(--muted);margin:0 0 8px}
.problem{color:var(--bad);margin:4px 0;overflow-wrap:anywhere}
.empty{color:var(--muted)}
@media print{.card,figure{break-inside:avoid}main{padding:0}}
${CHART_STYLE}`;
