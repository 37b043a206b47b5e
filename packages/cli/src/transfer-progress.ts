import type { TransferProgress } from "@waymark/store/remotes";
import { formatNaturalSize } from "./render/natural-size.ts";
import type { Ui } from "./ui.ts";

/** Often enough for the eye, seldom enough for the terminal. */
const PAUSE_MS = 100;

/** Shows a transfer on the progress line: how many files, how many bytes. */
export function showTransfer(ui: Ui, verb: string): (progress: TransferProgress) => void {
  let shownAtMs = 0;
  return (progress) => {
    const now = Date.now();
    if (now - shownAtMs < PAUSE_MS) return;
    shownAtMs = now;
    ui.progress(formatTransfer(verb, progress));
  };
}

/** Formats how far a transfer is: `Pushing 12 of 340 files, 1.20M of 34.0M`. */
export function formatTransfer(verb: string, progress: TransferProgress): string {
  const { filesDone, filesTotal, bytesDone, bytesTotal } = progress;
  const bytes = formatNaturalSize(Math.max(0, bytesDone));
  const ofAll = bytesTotal === undefined ? "" : ` of ${formatNaturalSize(bytesTotal)}`;
  return `${verb} ${filesDone} of ${filesTotal} file${filesTotal === 1 ? "" : "s"}, ${bytes}${ofAll}`;
}

/** Does work that shows its progress, and takes the progress line away whatever comes of it. */
export async function clearingProgress<T>(ui: Ui, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    ui.progress("");
  }
}
