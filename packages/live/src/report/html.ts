import { drawLineChart } from "./line-chart.ts";
import { drawPlot } from "./plot-chart.ts";
import { escapeHtml, formatFigure, type ReportData } from "./report-data.ts";

const HEAT = Array.from({ length: 11 }, (_, level) => {
  const ink = level > 5 ? "color:#fff" : "color:inherit";
  return `.heat-${level}{background:rgb(5 141 250 / ${level * 9}%);${ink}}`;
}).join("");

const STYLE = `:root{color-scheme:light dark;--paper:#fff;--card:#f7f8fa;--ink:#15181d;--muted:#5a6270;--line:#e3e6ea}
@media (prefers-color-scheme:dark){:root{--paper:#14171c;--card:#1c2027;--ink:#eceef1;--muted:#9aa3b0;--line:#2c323b}}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,sans-serif}
main{max-width:1200px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:20px;margin:0}h2{font-size:13px;text-transform:uppercase;letter-spacing:.06em;color:var(--muted);margin:32px 0 12px}
.sub{color:var(--muted);margin:4px 0 0}.grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr))}
figure,.card{margin:0;padding:12px;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:auto}
figure img{max-width:100%;image-rendering:auto}figcaption,caption{color:var(--muted);font-size:12px;text-align:left;padding:0 0 6px}
svg{display:block;width:100%;height:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:3px 12px 3px 0;text-align:left;font-weight:400}th[scope=row]{color:var(--muted)}td{text-align:right}
.matrix td{min-width:36px;padding:6px;text-align:center}.matrix th{padding:6px}.bars meter{width:180px}
.problem{color:#ab4963}${HEAT}`;

/**
 * Formats a report as one HTML page that needs nothing else: no script, no network, every text escaped, light and dark.
 */
export function formatHtmlReport(data: ReportData): string {
  const sections = [
    section("Params", table(data.params)),
    section("Metrics", table(data.metrics)),
    section(
      "Histories",
      grid(
        data.histories.map((line) =>
          card(drawLineChart([line], { title: line.name, xLabel: "step", yLabel: leafOf(line.name) })),
        ),
      ),
    ),
    section("Plots", grid(data.plots.map((plot) => card(drawPlot(plot))))),
    section("Images", grid(data.images.map((image) => figure(image)))),
    section("Problems", data.problems.map((problem) => `<p class="problem">${escapeHtml(problem)}</p>`).join("")),
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(data.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(data.title)}</h1>
<p class="sub">${escapeHtml(data.subtitle)}</p>
${sections.filter((text) => text !== "").join("\n")}
</main>
</body>
</html>
`;
}

function section(title: string, content: string): string {
  return content === "" ? "" : `<h2>${title}</h2>\n${content}`;
}

function grid(cells: readonly string[]): string {
  return cells.length === 0 ? "" : `<div class="grid">\n${cells.join("\n")}\n</div>`;
}

function card(content: string): string {
  return `<div class="card">${content}</div>`;
}

function figure({ name, kind, bytes }: ReportData["images"][number]): string {
  // An SVG in an <img> runs no script and loads nothing.
  const type = kind === "svg" ? "image/svg+xml" : `image/${kind}`;
  const source = `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
  return `<figure><figcaption>${escapeHtml(name)}</figcaption><img alt="${escapeHtml(name)}" src="${source}"></figure>`;
}

function table(values: ReportData["params"]): string {
  const rows = Object.entries(values).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(formatFigure(value))}</td></tr>`,
  );
  return rows.length === 0 ? "" : `<div class="card"><table><tbody>${rows.join("")}</tbody></table></div>`;
}

function leafOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
