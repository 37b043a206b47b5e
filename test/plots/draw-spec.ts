import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { parse, View, type LoggerInterface } from "vega";

/** There is no window to listen to outside a browser. */
const NO_WINDOW = /event source: window/u;

/**
 * Compiles and draws a specification as the page does, without a browser.
 *
 * @param expected - Warnings that the place without a browser explains.
 * @returns The picture, and what Vega or Vega-Lite warned of besides.
 */
export async function drawSpec(
  spec: Readonly<Record<string, unknown>>,
  expected: RegExp = NO_WINDOW,
): Promise<{ readonly svg: string; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const logger: LoggerInterface = {
    level: (level?: number): never => (level === undefined ? 0 : logger) as never,
    error: (...parts) => logger.warn(...parts),
    warn: (...parts) => {
      if (!expected.test(parts.join(" "))) warnings.push(parts.join(" "));
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  const compiled = compile(spec as unknown as TopLevelSpec, { logger }).spec;
  const view = new View(parse(compiled, undefined, { ast: true }), {
    renderer: "none",
    expr: expressionInterpreter,
    logger,
  });
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return { svg, warnings };
}
