import type { WriteStream } from "node:tty";
import { styleText } from "node:util";

/** Where a command writes: data to one stream, narration to the other. */
export interface Ui {
  /** Data on stdout, as given (no newline is added). Reports and tables end in a newline of their own. */
  write(data: string | Buffer): void;
  /** Data on stderr, as given: what another program has written there. */
  writeError(data: string | Buffer): void;
  /** One line of data on stdout. */
  line(text: string): void;
  /** One line of narration on stderr: a sentence with a period, unless it ends in an id. Silent with `--quiet`. */
  note(text: string): void;
  /** A warning on stderr, with `warning:` before it. */
  warn(text: string): void;
  /** Shows how far long work is on the last line of a terminal on stderr; empty text takes it away. */
  progress(text: string): void;
  /** Colours text meant for stdout when that is a terminal that wants colour; otherwise returns it unchanged. */
  style(style: Style, text: string): string;
  /** True when stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Columns of the terminal on stdout; `undefined` when it is not one. */
  readonly columns: number | undefined;
}

/** The few styles in use; colour is never the only carrier of meaning. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The part of a stream that is needed: a terminal, a pipe, or a collector in a test. */
export interface OutputStream {
  write(data: string | Buffer): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Options of {@link createUi}. */
export interface UiOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default false. */
  readonly isQuiet?: boolean;
}

/**
 * Tells whether text for a stream may carry colour: never with `NO_COLOR` set to anything or `TERM=dumb`, always with
 * `FORCE_COLOR` other than `0`, and otherwise on a terminal.
 */
export function wantsColor(stream: OutputStream, env: UiOptions["env"]): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Makes the {@link Ui} of a process or of a test. */
export function createUi(options: UiOptions): Ui {
  const { stdout, stderr, env, isQuiet = false } = options;
  const hasColor = wantsColor(stdout, env);
  const hasErrorColor = wantsColor(stderr, env);
  const hasProgress = stderr.isTTY === true && env["TERM"] !== "dumb" && !isQuiet;
  let isShowing = false;
  const progress = (text: string): void => {
    if (!hasProgress || (text === "" && !isShowing)) return;
    // To the first column, and clear the line: what was there may have been longer.
    stderr.write(`\r\u001B[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    isShowing = text !== "";
  };
  const print = (stream: OutputStream, data: string | Buffer): void => {
    progress("");
    stream.write(data);
  };
  return {
    write: (data) => print(stdout, data),
    writeError: (data) => print(stderr, data),
    line: (text) => print(stdout, `${text}\n`),
    note: (text) => {
      if (!isQuiet) print(stderr, `${text}\n`);
    },
    warn: (text) => print(stderr, `${colored(hasErrorColor, "yellow", "warning:")} ${text}\n`),
    progress,
    style: (style, text) => colored(hasColor, style, text),
    isTerminal: stdout.isTTY === true,
    columns: stdout.isTTY === true ? (stdout as WriteStream).columns : undefined,
  };
}

/** Wraps text in the style's escape codes when asked to. */
export function colored(hasColor: boolean, style: Style, text: string): string {
  // `validateStream` would consult the process's own stdout, which is not always the stream written to.
  return hasColor ? styleText(style, text, { validateStream: false }) : text;
}
