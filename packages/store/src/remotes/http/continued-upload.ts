import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RemoteRequest } from "../remote-errors.ts";
import type { UploadOptions } from "../remote-storage.ts";
import { isTransientStatus, TransientError, withRetries } from "../retry.ts";
import { readSource, type SourceFile } from "../source-file.ts";
import { explainFailure, refusal } from "./http-failure.ts";

/** How the certificate of an HTTPS server is checked. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: Buffer;
}

/**
 * Sends a file by PUT to a server that says `100 Continue` without being asked, as the data nodes of HDFS do: undici
 * takes that for a broken answer, the client of Node reads over it.
 *
 * @throws As `HttpClient.send`.
 */
export async function putContinued(
  url: string,
  source: SourceFile,
  options: UploadOptions & { readonly tls: TlsOptions },
  what: RemoteRequest,
): Promise<void> {
  const { onBytes, signal } = options;
  let sentBytes = 0;
  const count = (bytes: number): void => {
    sentBytes += bytes;
    onBytes?.(bytes);
  };
  try {
    await withRetries(
      async (attempt) => {
        if (attempt > 0) count(-sentBytes);
        const status = await put(url, source, { ...options, onBytes: count });
        if (isTransientStatus(status)) throw new TransientError(`the server answered ${status}`, { status });
        if (status < 200 || status >= 300) throw refusal(what, status, "");
      },
      { signal },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw explainFailure(what, error);
  }
}

async function put(
  url: string,
  source: SourceFile,
  options: UploadOptions & { readonly tls: TlsOptions },
): Promise<number> {
  const { signal, tls } = options;
  const start = url.startsWith("https:") ? httpsRequest : httpRequest;
  const request = start(url, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream", "content-length": source.sizeBytes },
    ...(signal === undefined ? {} : { signal }),
    ...(url.startsWith("https:") ? tls : {}),
  });
  const answered = new Promise<number>((resolve, reject) => {
    request.once("response", (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", reject);
    });
    request.once("error", reject);
  });
  // Whoever fails first is the reason; the other failure follows from it.
  answered.catch(() => {});
  if (source.data === undefined) await pipeline(Readable.from(readSource(source, options)), request);
  else {
    request.end(source.data);
    options.onBytes?.(source.sizeBytes);
  }
  return answered;
}
