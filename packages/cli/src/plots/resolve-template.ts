import { TrackerError } from "@waymark/core";
import { suggestWords } from "@waymark/core/suggest";
import { findUserTemplate, type FigureProject } from "@waymark/pipeline";
import { DEFAULT_TEMPLATE, findTemplate, TEMPLATES, type ChartFigure, type PlotTemplate } from "@waymark/plots";

/** No template has this name, and no file either. */
export class TemplateNotFoundError extends TrackerError {
  override readonly code = "TEMPLATE_NOT_FOUND";
  readonly template: string;

  constructor(template: string) {
    const similar = suggestWords(
      template,
      TEMPLATES.map(({ name }) => name),
    );
    super(`No template named '${template}', and no file either`, {
      hint:
        similar.length > 0
          ? `Did you mean ${similar.join(" or ")}?`
          : "Run `waymark plots templates` for those built in, or put your own into .dvc/plots.",
    });
    this.template = template;
  }
}

/** Where templates are looked for. */
export interface TemplatePlace {
  readonly project: FigureProject;
  /** The current folder, absolute. */
  readonly cwd: string;
  /** The template the user typed; `undefined`: the one each figure names. */
  readonly typed: string | undefined;
}

/**
 * Finds the template of a figure: a file of the user, or a built-in one; `linear` when none is named.
 *
 * @throws {@link TemplateNotFoundError}; `UnreadableFileError` for a file that is no template.
 */
export function resolveTemplate(figure: Pick<ChartFigure, "properties">, place: TemplatePlace): PlotTemplate {
  const written = figure.properties["template"];
  const name = place.typed ?? (typeof written === "string" ? written : undefined);
  if (name === undefined) return DEFAULT_TEMPLATE;
  return requireTemplate(name, place);
}

/**
 * Finds a template by its name or path.
 *
 * @throws As {@link resolveTemplate}.
 */
export function requireTemplate(name: string, { project, cwd, typed }: TemplatePlace): PlotTemplate {
  const own = findUserTemplate(project, name, { cwd, isTyped: typed !== undefined });
  const template = own === undefined ? findTemplate(name) : (own as PlotTemplate);
  if (template === undefined) throw new TemplateNotFoundError(name);
  return template;
}
