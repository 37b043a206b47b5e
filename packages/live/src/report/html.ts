import { drawLineChart } from "./line-chart.ts";
import { drawPlot } from "./plot-chart.ts";
import { escapeHtml, formatFigure, type ReportData, type ReportImage } from "./report-data.ts";
import { PAGE_STYLE } from "./style.ts";

/**
 * Formats a report as one HTML page that needs nothing else: no script, no network, every text escaped, light and dark.
 */
export function formatHtmlReport(data: ReportData): string {
  const { params, metrics, histories, plots, images, problems } = data;
  const charts = histories.map((line) =>
    drawLineChart([line], { title: line.name, xLabel: "step", showsLast: true }, "page"),
  );
  const sections = [
    problems.map((problem) => `<p class="problem">${escapeHtml(problem)}</p>`).join("\n"),
    pair(section("Metrics", table(metrics)), section("Params", table(params))),
    section("Histories", cards(charts), charts.length),
    section("Plots", cards(plots.map((plot) => drawPlot(plot, "page"))), plots.length),
    section("Images", formatImages(images), images.length),
  ].filter((text) => text !== "");
  if (sections.length === 0) sections.push('<p class="empty">Nothing has been logged yet.</p>');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(data.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(data.title)}</h1>
<p class="sub">${escapeHtml(data.subtitle)}</p>
</header>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function section(title: string, content: string, count?: number): string {
  if (content === "") return "";
  const number = count === undefined ? "" : `<small>${count}</small>`;
  return `<section>\n<h2>${title}${number}</h2>\n${content}\n</section>`;
}

function pair(...sections: readonly string[]): string {
  const present = sections.filter((text) => text !== "");
  return present.length < 2 ? present.join("") : `<div class="pair">\n${present.join("\n")}\n</div>`;
}

function cards(charts: readonly string[]): string {
  if (charts.length === 0) return "";
  const cells = charts.map((chart) => `<div class="card chart">${chart}</div>`);
  return `<div class="grid">\n${cells.join("\n")}\n</div>`;
}

function table(values: ReportData["params"]): string {
  const rows = Object.entries(values).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(formatFigure(value))}</td></tr>`,
  );
  return rows.length === 0 ? "" : `<div class="card"><table><tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

/** Images by folder: those of one name at many steps stand together. */
function formatImages(images: readonly ReportImage[]): string {
  const folders = new Map<string, ReportImage[]>();
  for (const image of images) {
    const folder = image.name.slice(0, Math.max(0, image.name.lastIndexOf("/")));
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [image]);
    else known.push(image);
  }
  return [...folders]
    .map(([folder, members]) => {
      const heading = folder === "" ? "" : `<h3>${escapeHtml(folder)}</h3>\n`;
      return `${heading}<div class="images">\n${members.map((image) => figure(image, folder)).join("\n")}\n</div>`;
    })
    .join("\n");
}

function figure({ name, kind, bytes }: ReportImage, folder: string): string {
  // An SVG in an <img> runs no script and loads nothing.
  const type = kind === "svg" ? "image/svg+xml" : `image/${kind}`;
  const source = `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
  const caption = folder === "" ? name : name.slice(folder.length + 1);
  const style = isTiny(kind, bytes) ? ' class="tiny"' : "";
  return `<figure><img${style} alt="${escapeHtml(name)}" src="${source}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

/** Whether an image has so few pixels that they are meant to be seen: a digit of 28 by 28, a heat map. */
function isTiny(kind: ReportImage["kind"], bytes: Uint8Array): boolean {
  if (kind !== "png" || bytes.byteLength < 24) return false;
  const header = new DataView(bytes.buffer, bytes.byteOffset, 24);
  return Math.max(header.getUint32(16), header.getUint32(20)) <= 64;
}
