import {
  HostKeyError,
  NoSpaceError,
  RemoteAccessError,
  RemoteConfigError,
  RemoteUnreachableError,
} from "../remote-errors.ts";

/** How far a transfer is. */
export interface TransferProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  /** `undefined` where sizes are not known beforehand. */
  readonly bytesTotal: number | undefined;
}

/** Options of a transfer of many objects. */
export interface TransferObjectsOptions {
  /** The objects are those of DVC 2, in its layout here and there. Default `false`. */
  readonly isLegacy?: boolean | undefined;
  /** Transfers at once. Default: what the remote's configuration says, else 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** An object that could not be transferred. */
export interface TransferFailure {
  readonly name: string;
  readonly error: unknown;
}

/** What a transfer did. */
export interface TransferReport {
  /** Objects that travelled. */
  readonly transferred: number;
  /** Objects that did not, each with the reason. */
  readonly failed: readonly TransferFailure[];
  /** Objects that are neither here nor there. */
  readonly missing: readonly string[];
}

/** Joins reports of several transfers. */
export function joinReports(reports: readonly TransferReport[]): TransferReport {
  return {
    transferred: reports.reduce((sum, report) => sum + report.transferred, 0),
    failed: reports.flatMap((report) => report.failed),
    missing: [...new Set(reports.flatMap((report) => report.missing))],
  };
}

/** Tells whether an error will meet every other object as well, so that going on is of no use. */
export function isHopeless(error: unknown): boolean {
  return (
    error instanceof RemoteAccessError ||
    error instanceof RemoteConfigError ||
    error instanceof RemoteUnreachableError ||
    error instanceof HostKeyError ||
    error instanceof NoSpaceError
  );
}

/** Counts what has gone, and tells whoever wants to know. */
export class ProgressCount {
  #filesDone = 0;
  #filesTotal = 0;
  #bytesDone = 0;
  #bytesTotal: number | undefined = 0;
  readonly #tell: TransferObjectsOptions["onProgress"];

  constructor(tell: TransferObjectsOptions["onProgress"]) {
    this.#tell = tell;
  }

  /** @param sizeBytes - `undefined` when nobody knows yet. */
  expect(sizeBytes: number | undefined): void {
    this.#filesTotal += 1;
    this.#bytesTotal =
      this.#bytesTotal === undefined || sizeBytes === undefined ? undefined : this.#bytesTotal + sizeBytes;
  }

  /** Adds bytes that have gone; an arrow function, to be handed on. */
  readonly addBytes = (bytes: number): void => {
    this.#bytesDone += bytes;
    this.#report();
  };

  endFile(): void {
    this.#filesDone += 1;
    this.#report();
  }

  #report(): void {
    this.#tell?.({
      filesDone: this.#filesDone,
      filesTotal: this.#filesTotal,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
    });
  }
}
