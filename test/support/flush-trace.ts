import { dirname } from "node:path";

/** The system calls that {@link findUnflushed} looks at, for strace with `-y`. */
export const FLUSH_CALLS = "fsync,fdatasync,syncfs,rename,renameat,renameat2";

/** A file whose name appears in a trace, as far as power loss is concerned. */
interface Published {
  readonly path: string;
  isDataFlushed: boolean;
  isNameFlushed: boolean;
}

/**
 * Reads in a list of system calls what could be lost with the power although something on the disk names it already.
 *
 * @param trace - Of strace, with the paths of descriptors (`-y`).
 * @param isObject - Tells which renamed files hold content.
 * @param isName - Tells which renamed files name content: whatever was published before has to be on the disk by then.
 * @returns Problems in words.
 */
export function findUnflushed(
  trace: string,
  isObject: (path: string) => boolean,
  isName: (path: string) => boolean,
): readonly string[] {
  const problems: string[] = [];
  const flushed = new Set<string>();
  const published: Published[] = [];
  for (const line of joinCalls(trace)) {
    const [, path] = /^(?:\d+ +)?(?:fsync|fdatasync)\(\d+<(.*)>\) += 0$/.exec(line) ?? [];
    if (path !== undefined) {
      flushed.add(path);
      for (const file of published) {
        file.isDataFlushed ||= file.path === path;
        file.isNameFlushed ||= dirname(file.path) === path;
      }
    } else if (/^(?:\d+ +)?syncfs\(.*\) += 0$/.test(line)) {
      for (const file of published) file.isDataFlushed = file.isNameFlushed = true;
    }
    const [, from = "", to] = /^(?:\d+ +)?rename\w*\((?:[^"]*)"(.*?)", (?:[^"]*)"(.*?)".*\) += 0$/.exec(line) ?? [];
    if (to === undefined || !(isObject(to) || isName(to))) continue;
    if (isName(to)) {
      problems.push(...published.flatMap((file) => describe(file, to)));
      if (!flushed.has(from)) problems.push(`${to} gets its name before its bytes are on the disk`);
    }
    published.push({ path: to, isDataFlushed: flushed.has(from), isNameFlushed: false });
  }
  return [...problems, ...published.flatMap((file) => describe(file, "the end"))];
}

/** Puts calls together that another thread interrupted. */
function joinCalls(trace: string): readonly string[] {
  const begun = new Map<string, string>();
  return trace.split("\n").flatMap((line) => {
    const [, thread = "", begin] = /^(\d+) +(.*) <unfinished \.\.\.>$/.exec(line) ?? [];
    if (begin !== undefined) {
      begun.set(thread, begin);
      return [];
    }
    const [, ender = "", end] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    return [end === undefined ? line : `${begun.get(ender)}${end}`];
  });
}

function describe({ path, isDataFlushed, isNameFlushed }: Published, before: string): readonly string[] {
  if (!isDataFlushed) return [`the bytes of ${path} are not on the disk before ${before}`];
  return isNameFlushed ? [] : [`the name of ${path} is not on the disk before ${before}`];
}
