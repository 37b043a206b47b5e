import type { DataProgress } from "@waymark/store";
import { formatTransfer } from "./transfer-progress.ts";
import type { Ui } from "./ui.ts";

/** Shows long work on files on the progress line: how many of them, how many bytes. */
export function showData(ui: Ui, verb: string): (progress: DataProgress) => void {
  return ({ files, totalFiles, bytes, totalBytes }) => {
    ui.progress(
      formatTransfer(verb, { filesDone: files, filesTotal: totalFiles, bytesDone: bytes, bytesTotal: totalBytes }),
    );
  };
}
