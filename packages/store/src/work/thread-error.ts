import { FileChangedError, MissingSourceError } from "../errors.ts";
import { JobAbortedError } from "./job-control.ts";

/** An error on its way from a thread: errors lose their class there. */
export type ThreadError =
  | { readonly kind: "aborted" }
  | { readonly kind: "changed"; readonly path: string }
  | { readonly kind: "missing"; readonly path: string; readonly why: string }
  | { readonly kind: "system"; readonly message: string; readonly stack: string | undefined; readonly fields: object };

export function packError(error: unknown): ThreadError {
  if (error instanceof JobAbortedError) return { kind: "aborted" };
  if (error instanceof FileChangedError) return { kind: "changed", path: error.path };
  if (error instanceof MissingSourceError) return { kind: "missing", path: error.path, why: error.why };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // Of a system error: `code`, `errno`, `syscall`, `path`, `dest`.
  return { kind: "system", message, stack, fields: { ...(error as object) } };
}

export function unpackError(error: ThreadError): Error {
  switch (error.kind) {
    case "aborted":
      return new JobAbortedError();
    case "changed":
      return new FileChangedError(error.path);
    case "missing":
      return new MissingSourceError(error.path, error.why);
    case "system":
      return Object.assign(
        new Error(error.message),
        error.fields,
        error.stack === undefined ? {} : { stack: error.stack },
      );
  }
}
