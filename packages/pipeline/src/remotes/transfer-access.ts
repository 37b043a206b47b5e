import { type OpenRemoteOptions, ProgressCount, type TransferProgress } from "@waymark/store/remotes";

/** What goes with every transfer from elsewhere. */
export interface TransferAccess extends OpenRemoteOptions {
  /** Downloads at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Picks what a transfer takes out of wider options. */
export function transferAccess(options: TransferAccess): TransferAccess {
  const { jobs, signal, onProgress, askSecret } = options;
  return { jobs, signal, onProgress, askSecret };
}

/** Counts files and bytes that come, and tells whoever wants to know. */
export function countTransfer(access: TransferAccess): ProgressCount {
  return new ProgressCount(access.onProgress);
}
