import { errorCode } from "@waymark/files";
import { TrackerError } from "@waymark/core/errors";
import { RemoteAccessError, RemoteRequestError, RemoteUnreachableError, type RemoteRequest } from "../remote-errors.ts";
import { TransientError } from "../retry.ts";
import { ProxyRefusalError } from "./tunnel-agent.ts";

const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

const PROXY_LOGIN = "Write the user and password into the proxy's address: http://USER:PASSWORD@HOST:PORT.";

/** Makes the error for a status that will not change by trying again. */
export function refusal(what: RemoteRequest, status: number, said: string): TrackerError {
  const why = `the server answered ${status}${said}`;
  if (status === 407) return new RemoteAccessError(what, why, { status, hint: PROXY_LOGIN });
  if (status === 401) {
    const hint = "Set the user and password, or the token, of the remote in .dvc/config.local.";
    return new RemoteAccessError(what, why, { status, hint });
  }
  if (status === 403) {
    const hint = "The credentials are good for nothing here: check the rights of the user, and the URL.";
    return new RemoteAccessError(what, why, { status, hint });
  }
  return new RemoteRequestError(what, why, { status });
}

/** Turns what a request ended with into an error that says what to do; errors of ours stay as they are. */
export function explainFailure(what: RemoteRequest, error: unknown): unknown {
  for (let current = error; current instanceof Error; current = current.cause) {
    // What stopped a body while it was sent comes back as the cause of a broken request.
    if (current instanceof TrackerError) return current;
  }
  if (error instanceof TransientError && error.status !== undefined) {
    return new RemoteRequestError(what, error.message, { status: error.status, cause: error });
  }
  const refused = explainProxy(what, error);
  if (refused !== undefined) return refused;
  const code = findCode(error);
  if (code !== undefined && CERTIFICATE_CODES.has(code)) {
    return new RemoteRequestError(what, `its certificate cannot be trusted (${code})`, {
      hint: "Set `ssl_verify` to the file of the authority's certificate; `false` trusts anybody.",
      cause: error,
    });
  }
  return new RemoteUnreachableError(what, explainConnection(code, error), error);
}

/** Makes the error for a proxy that would not open the way; `undefined` when that is not what happened. */
export function explainProxy(what: RemoteRequest, error: unknown): TrackerError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (!(current instanceof ProxyRefusalError)) continue;
    const { status } = current;
    const hint = status === 407 ? PROXY_LOGIN : "Check HTTPS_PROXY; NO_PROXY names hosts to reach without it.";
    return new RemoteAccessError(what, current.message, { status, hint, cause: error });
  }
  return undefined;
}

/** Says in words why a connection failed. */
export function explainConnection(code: string | undefined, error: unknown): string {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `its host name is not known (${code})`;
    case "ECONNREFUSED":
      return "nobody listens there (ECONNREFUSED)";
    case "ETIMEDOUT":
      return `it did not answer in time (${code})`;
    case "ECONNRESET":
    case "EPIPE":
      return `it ended the connection (${code})`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function findCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = errorCode(current);
    if (code !== undefined) return code;
  }
  return undefined;
}
