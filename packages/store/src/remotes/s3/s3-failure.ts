import { TrackerError } from "@waymark/core/errors";
import { errorCode } from "@waymark/files";
import { explainConnection, explainProxy } from "../http/http-failure.ts";
import { RemoteAccessError, RemoteRequestError, RemoteUnreachableError, type RemoteRequest } from "../remote-errors.ts";
import { isTransient } from "../retry.ts";

const WRONG_CREDENTIALS: ReadonlySet<string> = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
]);

/** Returns the HTTP status that an error of the client carries. */
export function s3Status(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { $metadata } = error as { readonly $metadata: { readonly httpStatusCode?: number } };
  return $metadata.httpStatusCode;
}

/** Tells whether an error says that there is no such object. A bucket that is not there is another matter. */
export function isMissingKey(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return name === "NoSuchKey" || name === "NotFound" || (s3Status(error) === 404 && name !== "NoSuchBucket");
}

/** Turns what the client threw into an error that says what to do; errors of ours stay as they are. */
export function explainS3Failure(what: RemoteRequest, bucket: string, error: unknown): unknown {
  if (error instanceof TrackerError) return error;
  const refused = explainProxy(what, error);
  if (refused !== undefined) return refused;
  const status = s3Status(error);
  const name = error instanceof Error ? error.name : "";
  const said = error instanceof Error ? error.message : String(error);
  if (name === "CredentialsProviderError") {
    const hint =
      "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the remote's `profile`, or its keys in .dvc/config.local.";
    return new RemoteAccessError(what, "there are no credentials", { hint, cause: error });
  }
  if (WRONG_CREDENTIALS.has(name)) {
    const hint = "Check the access key, the secret and the session token, and the clock of this machine.";
    return new RemoteAccessError(what, `the credentials are not accepted (${name})`, { status, hint, cause: error });
  }
  if (status === 403 || status === 401) {
    const hint = `The credentials need s3:ListBucket, s3:GetObject and s3:PutObject for the bucket '${bucket}'.`;
    return new RemoteAccessError(what, `the server answered ${status} (${name})`, { status, hint, cause: error });
  }
  if (name === "NoSuchBucket") {
    const hint = "Make the bucket, or check the remote's URL, `region` and `endpointurl`.";
    return new RemoteRequestError(what, `there is no bucket '${bucket}'`, { status, hint, cause: error });
  }
  if (status !== undefined && status >= 300) {
    return new RemoteRequestError(what, `the server answered ${status} (${name}: ${said})`, { status, cause: error });
  }
  if (isTransient(error) || name === "TimeoutError" || errorCode(error) === "ENOTFOUND") {
    return new RemoteUnreachableError(what, explainConnection(errorCode(error), error), error);
  }
  return new RemoteRequestError(what, said, { cause: error });
}
