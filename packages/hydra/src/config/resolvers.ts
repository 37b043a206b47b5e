import { formatPythonStr } from "@waymark/core/formats/python-repr";
import { loadConfigYaml } from "../yaml/load-yaml.ts";
import { type ConfigKey, type ConfigMap, type ConfigValue, keyText, toPlain } from "../values.ts";
import { type Located, MissingValueError, type Resolution, UnresolvedError } from "./resolve.ts";
import { MISSING } from "./key-path.ts";

type Resolver = (args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]) => Located;

/** The resolvers that OmegaConf and Hydra bring. Those that programs register need Python. */
export const RESOLVERS: ReadonlyMap<string, Resolver> = new Map<string, Resolver>([
  ["oc.env", readEnvironment],
  ["oc.select", selectValue],
  ["oc.decode", decodeValue],
  ["oc.create", createValue],
  ["oc.deprecated", readDeprecated],
  ["oc.dict.keys", listKeys],
  ["oc.dict.values", listValues],
  ["now", formatNow],
]);

function readEnvironment(args: readonly ConfigValue[], { env }: Resolution, context: readonly ConfigKey[]): Located {
  const [name, fallback] = args;
  checkCount(args, 1, 2);
  if (typeof name !== "string") throw new UnresolvedError("oc.env takes the name of a variable");
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined) return made(value, context);
  if (fallback === undefined) {
    throw new UnresolvedError(`the environment variable '${name}' is not set`, `Give a default: \${oc.env:${name},…}`);
  }
  return made(fallback === null ? null : formatPythonStr(toPlain(fallback)), context);
}

function selectValue(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): Located {
  checkCount(args, 1, 2);
  const found = find(args[0], resolution, context, false);
  if (found !== undefined && found.value !== MISSING) return found;
  return made(args[1] ?? null, context);
}

function decodeValue(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): Located {
  checkCount(args, 1, 1);
  const [text = null] = args;
  if (text === null) return made(null, context);
  if (typeof text !== "string") throw new UnresolvedError("oc.decode takes text");
  return made(resolution.decode(text, context), context);
}

function createValue(args: readonly ConfigValue[], _resolution: Resolution, context: readonly ConfigKey[]): Located {
  checkCount(args, 1, 1);
  const [value = null] = args;
  if (typeof value !== "string") return made(value, context);
  return made(loadConfigYaml(value, "oc.create"), context);
}

function readDeprecated(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): Located {
  checkCount(args, 1, 2);
  const found = find(args[0], resolution, context, false);
  if (found === undefined) throw new UnresolvedError(`there is no '${textOf(args[0])}'`);
  return found;
}

function listKeys(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): Located {
  return made([...mapping(args, resolution, context).keys()], context);
}

function listValues(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): Located {
  const keys = [...mapping(args, resolution, context).keys()];
  return made(
    keys.map((key) => `\${${textOf(args[0])}.${keyText(key)}}`),
    context,
  );
}

/** Formats the time by the directives of Python that are the same everywhere. */
function formatNow(args: readonly ConfigValue[], { now }: Resolution, context: readonly ConfigKey[]): Located {
  checkCount(args, 1, 1);
  if (now === undefined) throw new UnresolvedError("the time is not known here");
  const pad = (value: number, digits = 2): string => `${value}`.padStart(digits, "0");
  const parts: Readonly<Record<string, string>> = {
    Y: pad(now.getFullYear(), 4),
    y: pad(now.getFullYear() % 100),
    m: pad(now.getMonth() + 1),
    d: pad(now.getDate()),
    H: pad(now.getHours()),
    M: pad(now.getMinutes()),
    S: pad(now.getSeconds()),
    f: pad(now.getMilliseconds() * 1000, 6),
    "%": "%",
  };
  const text = textOf(args[0]).replace(/%(.)/gs, (directive, letter: string) => {
    const part = parts[letter];
    if (part === undefined) throw new UnresolvedError(`now does not know ${directive}`);
    return part;
  });
  return made(text, context);
}

function mapping(args: readonly ConfigValue[], resolution: Resolution, context: readonly ConfigKey[]): ConfigMap {
  checkCount(args, 1, 1);
  const found = find(args[0], resolution, context, true);
  if (found === undefined) throw new UnresolvedError(`there is no '${textOf(args[0])}'`);
  if (!(found.value instanceof Map)) throw new UnresolvedError(`'${textOf(args[0])}' is no mapping`);
  return found.value;
}

function find(
  key: ConfigValue | undefined,
  resolution: Resolution,
  context: readonly ConfigKey[],
  refusesMissing: boolean,
): Located | undefined {
  if (typeof key !== "string") throw new UnresolvedError("a path has to be text");
  const start = resolution.locate(key, context);
  try {
    return resolution.select(start.key, start.context, refusesMissing);
  } catch (error) {
    if (error instanceof MissingValueError && !refusesMissing) return undefined;
    throw error;
  }
}

function checkCount(args: readonly unknown[], least: number, most: number): void {
  if (args.length >= least && args.length <= most) return;
  throw new UnresolvedError(
    `it has ${args.length} arguments instead of ${least === most ? least : `${least} or ${most}`}`,
  );
}

function textOf(value: ConfigValue | undefined): string {
  return formatPythonStr(toPlain(value ?? null));
}

function made(value: ConfigValue, context: readonly ConfigKey[]): Located {
  return { value, path: undefined, context };
}
