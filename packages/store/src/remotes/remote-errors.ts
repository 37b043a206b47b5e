import { TrackerError } from "@waymark/core/errors";

/** A setting of a remote is missing, wrong, or asks for something there is not. */
export class RemoteConfigError extends TrackerError {
  override readonly code = "REMOTE_CONFIG";
  readonly remote: string;

  constructor(remote: string, why: string, hint: string) {
    super(`Remote '${remote}' cannot be used: ${why}`, { hint });
    this.remote = remote;
  }
}

/** What was asked of a remote when it failed. */
export interface RemoteRequest {
  /** Without credentials. */
  readonly url: string;
  /** Below the remote's root; empty for the root. */
  readonly path: string;
  /** For example `upload`. */
  readonly action: string;
}

/** A remote answered that it will not, or answered nonsense. */
export class RemoteRequestError extends TrackerError {
  override readonly code = "REMOTE_REQUEST";
  readonly request: RemoteRequest;
  /** HTTP status, where there is one. */
  readonly status: number | undefined;

  constructor(
    request: RemoteRequest,
    why: string,
    options: { readonly status?: number | undefined; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(`Cannot ${request.action} ${nameRequest(request)}: ${why}`, {
      hint: options.hint ?? hintFor(options.status),
      cause: options.cause,
    });
    this.request = request;
    this.status = options.status;
  }
}

/** A remote wants credentials, or others than it was given. */
export class RemoteAccessError extends TrackerError {
  override readonly code = "REMOTE_ACCESS";
  readonly request: RemoteRequest;
  readonly status: number | undefined;

  constructor(
    request: RemoteRequest,
    why: string,
    options: { readonly status?: number | undefined; readonly hint: string; readonly cause?: unknown },
  ) {
    super(`Cannot ${request.action} ${nameRequest(request)}: ${why}`, options);
    this.request = request;
    this.status = options.status;
  }
}

/** Nobody answers where a remote should be, or the connection breaks again and again. */
export class RemoteUnreachableError extends TrackerError {
  override readonly code = "REMOTE_UNREACHABLE";
  readonly request: RemoteRequest;

  constructor(request: RemoteRequest, why: string, cause?: unknown) {
    super(`Cannot ${request.action} ${nameRequest(request)}: ${why}`, {
      hint: "Check the address and the network. What has arrived stays: the same command continues.",
      cause,
    });
    this.request = request;
  }
}

/** A remote has nothing at a path. */
export class RemoteFileMissingError extends TrackerError {
  override readonly code = "REMOTE_FILE_MISSING";
  readonly request: RemoteRequest;

  constructor(request: RemoteRequest) {
    super(`${nameRequest(request)} does not exist`, {
      hint: "Push it from a machine that has it.",
    });
    this.request = request;
  }
}

/** A remote gave other bytes than the name of the object promises. */
export class RemoteCorruptError extends TrackerError {
  override readonly code = "REMOTE_CORRUPT";
  readonly request: RemoteRequest;

  constructor(request: RemoteRequest, found: string) {
    super(`${nameRequest(request)} is damaged: its bytes have the hash ${found}`, {
      hint: "Nothing of it was kept. Remove it from the remote, and push it again from a machine that has it.",
    });
    this.request = request;
  }
}

/** A file that should be sent does not hold the bytes it should hold. */
export class CorruptSourceError extends TrackerError {
  override readonly code = "CORRUPT_SOURCE";
  readonly path: string;

  constructor(path: string, wanted: string, found: string) {
    super(`'${path}' is damaged: its bytes have the hash ${found} instead of ${wanted}`, {
      hint: `Nothing was sent. Remove it and fetch it again, or save it again from the original file.`,
    });
    this.path = path;
  }
}

/** The identity of an SSH server is unknown, or not what it was. */
export class HostKeyError extends TrackerError {
  override readonly code = "HOST_KEY";
  readonly host: string;

  constructor(host: string, why: string, hint: string) {
    super(`The identity of '${host}' cannot be confirmed: ${why}`, { hint });
    this.host = host;
  }
}

/** The disk here has no room for what comes. */
export class NoSpaceError extends TrackerError {
  override readonly code = "NO_SPACE";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`There is no room on the disk for '${path}'`, {
      hint: "Make room and run the same command again: it continues with what is missing.",
      cause,
    });
    this.path = path;
  }
}

/** Names an object and its remote in a message. */
function nameRequest({ url, path }: RemoteRequest): string {
  return path === "" ? `'${url}'` : `'${path}' of '${url}'`;
}

function hintFor(status: number | undefined): string {
  if (status === 404) return "Check the remote's URL.";
  if (status === 405 || status === 501) {
    return "The server does not allow this method. Check the remote's URL and, for HTTP, its `method`.";
  }
  if (status === 413) return "The server refuses files of this size; its configuration says how large they may be.";
  if (status === 507) return "The server has no room left.";
  if (status !== undefined && status >= 500)
    return "The server failed several times. Try later: the command continues.";
  return "Check the remote's settings.";
}
