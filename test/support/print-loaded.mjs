// With `node --import`: prints the address of every module that is loaded, on stderr.
import { writeSync } from "node:fs";
import Module, { register } from "node:module";
import { pathToFileURL } from "node:url";

const hooks = `
import { writeSync } from "node:fs";
export async function load(url, context, next) {
  // CommonJS is printed when it is compiled, which includes what is required.
  const loaded = await next(url, context);
  if (url.startsWith("file:") && loaded.format !== "commonjs") writeSync(2, "loaded " + url + "\\n");
  return loaded;
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const compile = Module.prototype._compile;
Module.prototype._compile = function (text, path, ...rest) {
  writeSync(2, `loaded ${pathToFileURL(path).href}\n`);
  return compile.call(this, text, path, ...rest);
};
