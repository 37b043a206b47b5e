import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type { CodeCache } from "./code-cache.ts";

type Require = (id: string) => unknown;
type Wrapper = (exports: object, require: Require, module: { exports: object }, file: string, folder: string) => void;

/**
 * Gives a `require` that compiles the bundle's own files with the help of a cache; everything else goes to Node's.
 * Node does the same by itself from version 22.1 on, with `enableCompileCache`, and gains less by it.
 *
 * @param folder - Of the bundle.
 * @param require - Node's, for everything else.
 */
export function requireWithCache(folder: string, require: NodeJS.Require, cache: CodeCache): Require {
  const loaded = new Map<string, { exports: object }>();
  const load: Require = (id) => {
    if (!id.startsWith("./")) return require(id);
    const known = loaded.get(id);
    if (known !== undefined) return known.exports;
    const name = id.slice("./".length);
    const filename = join(folder, name);
    // The bundle is all ASCII, which is quicker to read as this.
    const text = readFileSync(filename, "latin1");
    const cachedData = cache.read(name);
    // On one line with the text, so that the lines of a stack are those of the file.
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    if (cachedData === undefined || script.cachedDataRejected === true) cache.add(name, script);
    const module = { exports: {} };
    // Before it runs: files may need each other in a circle.
    loaded.set(id, module);
    (script.runInThisContext() as Wrapper).call(module.exports, module.exports, load, module, filename, folder);
    return module.exports;
  };
  return load;
}
