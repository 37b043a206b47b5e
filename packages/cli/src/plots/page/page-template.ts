import { createHash } from "node:crypto";
import { TrackerError } from "@waymark/core";
import { escapeHtml } from "./html.ts";
import { PAGE_STYLE } from "./page-style.ts";

/** A page of the user's that has no place for plots. */
export class PageTemplateError extends TrackerError {
  override readonly code = "PAGE_TEMPLATE";
  readonly path: string;

  constructor(path: string) {
    super(`The page template '${path}' has no place for the plots`, {
      hint: "Write {plot_divs} where they are to go, and {scripts} into its head.",
    });
    this.path = path;
  }
}

/** What goes into a page. */
export interface PageParts {
  /** Elements of the figures. */
  readonly figures: string;
  /** The program that draws them. */
  readonly script: string;
}

/** Formats the default page. Its policy allows the one script and the one style it holds, images beside it, and no more. */
export function formatPage({ figures, script }: PageParts, revisions: readonly string[]): string {
  const safeScript = inline(script);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(safeScript)}'`,
    `style-src '${hashOf(PAGE_STYLE)}'`,
    "img-src 'self' file: data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const named = revisions.map(escapeHtml).join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Plots</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Plots</h1>
<p>${revisions.length > 1 ? `Revisions: ${named}` : named}</p>
</header>
<main>
${figures}
</main>
<script>${safeScript}</script>
</body>
</html>
`;
}

/**
 * Puts the plots into a page of the user's: `{plot_divs}` becomes the plots, `{scripts}` the program that draws them,
 * `{refresh_tag}` nothing. Without `{scripts}` the program goes before the plots, so that they are drawn all the same.
 *
 * @param path - Named in errors.
 * @throws {@link PageTemplateError}
 */
export function fillPage(template: string, { figures, script }: PageParts, path: string): string {
  if (!template.includes("{plot_divs}")) throw new PageTemplateError(path);
  const program = `<script>${inline(script)}</script>`;
  const hasPlace = template.includes("{scripts}");
  const parts: Readonly<Record<string, string>> = {
    "{plot_divs}": hasPlace ? figures : `${program}\n${figures}`,
    "{scripts}": program,
    "{refresh_tag}": "",
  };
  // In one go: what goes in may hold anything, and is not filled in turn.
  return template.replace(/\{(?:plot_divs|scripts|refresh_tag)\}/gu, (placeholder) => parts[placeholder] ?? "");
}

/** No part of a script may look like its end. */
function inline(script: string): string {
  return script.replace(/<(?=\/script|!--)/giu, String.raw`\x3c`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
