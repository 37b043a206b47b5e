import type { Attributes, FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { TransientError } from "../retry.ts";

/** Answers of an SFTP server (draft-ietf-secsh-filexfer, status codes). */
export const SFTP_STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, noConnection: 6, connectionLost: 7 };

/** The calls of an SFTP channel as promises. A channel that is gone is an error that may pass. */
export class SftpCalls {
  readonly #sftp: SFTPWrapper;
  /** Calls without an answer yet. A connection that breaks never answers them. */
  readonly #waiting = new Set<(error: Error) => void>();
  #lost: TransientError | undefined;

  constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
  }

  open(path: string, flags: "r" | "w" | "wx"): Promise<Buffer> {
    return this.#call((done) => this.#sftp.open(path, flags, done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#call((done) => this.#sftp.close(handle, done));
  }

  /** Writes all of a chunk. */
  write(handle: Buffer, chunk: Buffer, position: number): Promise<void> {
    return this.#call((done) => this.#sftp.write(handle, chunk, 0, chunk.byteLength, position, done));
  }

  /** Reads into a buffer; how many bytes came, 0 at the end of the file. */
  read(handle: Buffer, target: Buffer, position: number): Promise<number> {
    return this.#call((done) => {
      this.#sftp.read(handle, target, 0, target.byteLength, position, (error, count) => done(error, count));
    });
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#call((done) => this.#sftp.fstat(handle, done));
  }

  stat(path: string): Promise<Stats> {
    return this.#call((done) => this.#sftp.stat(path, done));
  }

  list(path: string): Promise<readonly FileEntryWithStats[]> {
    return this.#call((done) => this.#sftp.readdir(path, done));
  }

  makeFolder(path: string): Promise<void> {
    return this.#call((done) => this.#sftp.mkdir(path, {} as Attributes, done));
  }

  remove(path: string): Promise<void> {
    return this.#call((done) => this.#sftp.unlink(path, done));
  }

  /** Ends all calls with an error: the connection is gone. */
  lose(error: TransientError): void {
    this.#lost = error;
    for (const reject of [...this.#waiting]) reject(error);
  }

  /** Tells whether the connection is there. */
  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  /** Gives a file a new name, in place of a file that has it. */
  async replace(from: string, to: string): Promise<void> {
    try {
      // OpenSSH's extension does what rename(2) does; the standard call refuses a name that is taken.
      await this.#call<void>((done) => this.#sftp.ext_openssh_rename(from, to, done));
    } catch (error) {
      if (!(error instanceof Error) || !/extended request/i.test(error.message)) throw error;
      await this.remove(to).catch(() => {});
      await this.#call<void>((done) => this.#sftp.rename(from, to, done));
    }
  }

  #call<T>(start: (done: (error?: Error | null, value?: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      this.#waiting.add(reject);
      start((error, value) => {
        this.#waiting.delete(reject);
        if (error === undefined || error === null) resolve(value as T);
        else reject(isLost(error) ? new TransientError(error.message, { cause: error }) : error);
      });
    });
  }
}

/** Returns the status a server answered with; `undefined` when the error is none of its. */
export function sftpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : undefined;
}

function isLost(error: Error): boolean {
  const status = sftpStatus(error);
  if (status !== undefined) return status === SFTP_STATUS.noConnection || status === SFTP_STATUS.connectionLost;
  return /no response|not connected|not writable|closed|ended/i.test(error.message);
}
