import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { GitCommandError } from "./errors.ts";
import type { GitObject } from "./object.ts";
import { isReadableSpec, parseBatchHeader, type BatchHeader } from "./objects.ts";
import type { GitRepository } from "./repository.ts";
import { startError, startGit } from "./run.ts";

/** Options of {@link ObjectReader}. */
export interface ObjectReaderOptions {
  /** Larger objects are skipped without being held in memory and reported as {@link OversizedObject}. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** An object that is there and larger than the reader's limit. */
export class OversizedObjectError extends Error {
  readonly id: string;
  readonly sizeBytes: number;

  constructor(id: string, sizeBytes: number, maxBytes: number) {
    super(`Git object ${id} has ${sizeBytes} bytes; at most ${maxBytes} are read`);
    this.name = "OversizedObjectError";
    this.id = id;
    this.sizeBytes = sizeBytes;
  }
}

interface Request {
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

const NEWLINE = 0x0a;
/** So many objects are worth a process of their own, which need not tell each as soon as it is there. */
const MANY = 256;

/**
 * Reads objects through one long-lived `git cat-file --batch`.
 *
 * Requests may overlap: they are written at once and answered in order, which is several times faster than one after
 * another. The process starts with the first request, does not keep this process alive between requests, and ends with
 * {@link ObjectReader.close}. A request that came before an object was written gets `undefined`; asking again finds it.
 */
export class ObjectReader implements AsyncDisposable {
  readonly #repo: GitRepository;
  readonly #maxBytes: number;
  #child: ChildProcessWithoutNullStreams | undefined;
  #requests: Request[] = [];
  /** Index of the oldest request without an answer: shifting a long array for each answer would be quadratic. */
  #next = 0;
  #outgoing: string[] = [];
  #chunks: Buffer[] = [];
  #buffered = 0;
  #header: BatchHeader | undefined;
  #skip = 0;
  #stderr = "";
  #isClosed = false;
  /** All requests are made at once, and the process may keep answers back until it has some. */
  #isBuffered = false;

  constructor(repo: GitRepository, options: ObjectReaderOptions = {}) {
    this.#repo = repo;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  }

  /**
   * Reads an object.
   *
   * @param spec - Anything Git resolves, without line breaks: an id, `HEAD`, `<commit>:<path>`.
   * @returns `undefined` when there is no such object.
   * @throws {@link OversizedObjectError}, and {@link GitCommandError} when the process failed.
   */
  read(spec: string): Promise<GitObject | undefined> {
    if (this.#isClosed) return Promise.reject(new Error("The object reader is closed"));
    if (!isReadableSpec(spec)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const child = this.#start();
      this.#requests.push({ resolve, reject });
      child.ref();
      if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
      this.#outgoing.push(spec, "\n");
    });
  }

  /**
   * Reads many objects, with less work for each than so many calls of {@link ObjectReader.read}.
   *
   * @param take - Called with each object as it comes, in order, and its place in the list; `undefined` for what is not
   *   there, and for what is larger than the limit. What it throws rejects the promise.
   * @throws {@link GitCommandError} when the process failed.
   */
  async readEach(
    specs: readonly string[],
    take: (object: GitObject | undefined, index: number) => void,
  ): Promise<void> {
    if (this.#isClosed) throw new Error("The object reader is closed");
    const asked = specs.flatMap((spec, index) => (isReadableSpec(spec) ? [index] : []));
    if (asked.length < MANY) return this.#request(specs, asked, take);
    // Answers that may wait for each other come in a few large pieces instead of one piece each.
    const reader = new ObjectReader(this.#repo, { maxBytes: this.#maxBytes });
    reader.#isBuffered = true;
    try {
      await reader.#request(specs, asked, take);
    } finally {
      await reader.close();
    }
  }

  /** As {@link ObjectReader.readEach}, with one entry per spec, in order. */
  async readAll(specs: readonly string[]): Promise<(GitObject | undefined)[]> {
    const objects = Array.from<GitObject | undefined>({ length: specs.length });
    await this.readEach(specs, (object, index) => {
      objects[index] = object;
    });
    return objects;
  }

  #request(
    specs: readonly string[],
    asked: readonly number[],
    take: (object: GitObject | undefined, index: number) => void,
  ): Promise<void> {
    if (asked.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const child = this.#start();
      let next = 0;
      const settle = (object: GitObject | undefined): void => {
        const index = asked[next] as number;
        next += 1;
        try {
          take(object, index);
        } catch (error) {
          reject(error);
        }
        if (next === asked.length) resolve();
      };
      // Answers come in order, so one request can stand for all of them.
      const request: Request = {
        resolve: settle,
        reject: (error) => (error instanceof OversizedObjectError ? settle(undefined) : reject(error)),
      };
      for (let count = 0; count < asked.length; count += 1) this.#requests.push(request);
      child.ref();
      if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
      this.#outgoing.push(asked.map((index) => `${specs[index] as string}\n`).join(""));
    });
  }

  /** Ends the process after the requests that were made have been answered; more than once does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flush();
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.ref();
    child.stdin.end();
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child;
    const args = ["cat-file", "--batch", ...(this.#isBuffered ? ["--buffer"] : [])];
    const child = startGit(this.#repo, args);
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    child.stdin.on("error", () => {});
    child.on("error", (error) => this.#fail(child, startError(error, this.#repo)));
    child.on("close", (exitCode, signal) => {
      const failure = { args, exitCode, signal, stderr: this.#stderr };
      this.#fail(child, new GitCommandError(failure));
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) unrefStream(stream);
    return child;
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const text = this.#outgoing.join("");
    this.#outgoing = [];
    if (this.#isBuffered) this.#child?.stdin.end(text);
    else this.#child?.stdin.write(text);
  }

  /** The process is gone: whoever waits is told, and the next request starts a new one. */
  #fail(child: ChildProcessWithoutNullStreams, error: Error): void {
    if (this.#child !== child) return;
    const waiting = this.#requests.slice(this.#next);
    this.#child = undefined;
    this.#requests = [];
    this.#next = 0;
    this.#outgoing = [];
    this.#chunks = [];
    this.#buffered = 0;
    this.#header = undefined;
    this.#skip = 0;
    this.#stderr = "";
    for (const request of waiting) request.reject(error);
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    while (this.#answer()) {
      // Each turn takes one whole answer off the buffer.
    }
    if (this.#next === this.#requests.length) {
      this.#requests = [];
      this.#next = 0;
      this.#child?.unref();
    }
  }

  /** Takes one answer off the buffer, if it is complete. */
  #answer(): boolean {
    if (this.#skip > 0) {
      const dropped = Math.min(this.#skip, this.#buffered);
      this.#take(dropped);
      this.#skip -= dropped;
      if (this.#skip > 0) return false;
    }
    if (this.#header === undefined) {
      const line = this.#takeLine();
      if (line === undefined) return false;
      const header = parseBatchHeader(line);
      if (header === undefined) {
        this.#settle((request) => request.resolve(undefined));
        return true;
      }
      if (header.sizeBytes > this.#maxBytes) {
        this.#skip = header.sizeBytes + 1;
        this.#settle((request) =>
          request.reject(new OversizedObjectError(header.id, header.sizeBytes, this.#maxBytes)),
        );
        return true;
      }
      this.#header = header;
    }
    const { id, type, sizeBytes } = this.#header;
    if (this.#buffered < sizeBytes + 1) return false;
    const data = this.#take(sizeBytes + 1).subarray(0, sizeBytes);
    this.#header = undefined;
    this.#settle((request) => request.resolve({ id, type, data }));
    return true;
  }

  #settle(answer: (request: Request) => void): void {
    const request = this.#requests[this.#next];
    this.#next += 1;
    if (request !== undefined) answer(request);
  }

  #takeLine(): string | undefined {
    let before = 0;
    for (const chunk of this.#chunks) {
      const at = chunk.indexOf(NEWLINE);
      if (at !== -1) return this.#take(before + at + 1).toString("utf8", 0, before + at);
      before += chunk.byteLength;
    }
    return undefined;
  }

  #take(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (bytes === 0 || first === undefined) return Buffer.alloc(0);
    this.#buffered -= bytes;
    if (first.byteLength >= bytes) {
      const taken = first.subarray(0, bytes);
      if (first.byteLength === bytes) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(bytes);
      return taken;
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = all.byteLength === bytes ? [] : [all.subarray(bytes)];
    return all.subarray(0, bytes);
  }
}

/** Pipes of a child would keep this process alive although nobody waits for an answer. */
function unrefStream(stream: object): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}
