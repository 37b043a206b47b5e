import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { RunInfo } from "../../protocol.ts";
import { LogText } from "../log/log-text.ts";
import { findRun } from "../state/catalog.ts";
import { transport } from "../state/client.ts";
import { logRun } from "../state/shell.ts";
import { formatCount } from "../text/number.ts";
import { Icon } from "./icons.tsx";

/** This near to its end, a log is followed. */
const END_PX = 24;

/** What a run prints, as it prints it. */
export function LogDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = logRun.value;
  const run = id === null ? undefined : findRun(id)?.value;
  const isOpen = id !== null;
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
    if (!isOpen && dialog.current?.open === true) dialog.current.close();
  }, [isOpen]);
  const close = (): void => {
    logRun.value = null;
  };
  return (
    <dialog
      ref={dialog}
      class="dialog log-dialog"
      aria-labelledby="log-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-head">
        <div class="log-title">
          <h2 id="log-title">Log{run === undefined ? "" : ` of ${run.name}`}</h2>
          {run?.log !== undefined && <p>{run.log.title}</p>}
        </div>
        <button type="button" class="icon-button" aria-label="Close the log" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {id !== null && <LogBody key={run?.log?.id ?? id} id={id} run={run} />}
    </dialog>
  );
}

function LogBody({ id, run }: { readonly id: string; readonly run: RunInfo | undefined }): JSX.Element {
  const shown = useSignal<{ readonly text: string; readonly note: string | null } | null>(null);
  const problem = useSignal<string | null>(null);
  const isFollowing = useSignal(true);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const log = new LogText();
    let skippedBytes = 0;
    let frame = 0;
    const stop = transport().followLog(id, {
      piece(text, isReset, skipped) {
        if (isReset) {
          log.clear();
          skippedBytes = skipped;
        }
        log.append(text);
        problem.value = null;
        // Several pieces may come between two frames; the screen wants the last.
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          shown.value = { text: log.text, note: describeGap(skippedBytes, log.droppedLines) };
        });
      },
      error: (message) => (problem.value = message),
    });
    return () => {
      cancelAnimationFrame(frame);
      stop();
    };
  }, [id]);
  const text = shown.value?.text;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && isFollowing.peek()) element.scrollTop = element.scrollHeight;
  }, [text]);
  const follow = (): void => {
    isFollowing.value = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  return (
    <div class="log-body">
      <div
        ref={scroller}
        class="log-scroll"
        tabIndex={0}
        role="region"
        aria-label="Console log"
        onScroll={({ currentTarget }) => {
          const { scrollTop, scrollHeight, clientHeight } = currentTarget;
          isFollowing.value = scrollHeight - clientHeight - scrollTop <= END_PX;
        }}
      >
        {problem.value !== null && <p class="log-note">{problem.value}</p>}
        {shown.value?.note != null && <p class="log-note">{shown.value.note}</p>}
        {text === "" && <p class="log-note">{run?.log?.isLive === false ? "It printed nothing." : "Nothing yet."}</p>}
        <pre class="log-text">{text ?? ""}</pre>
      </div>
      {!isFollowing.value && (
        <button type="button" class="button log-follow" onClick={follow}>
          To the end
        </button>
      )}
    </div>
  );
}

function describeGap(skippedBytes: number, droppedLines: number): string | null {
  if (skippedBytes > 0) return `${formatCount(Math.ceil(skippedBytes / 1024))} KiB before this are not shown.`;
  return droppedLines > 0 ? `${formatCount(droppedLines)} lines before this are not shown.` : null;
}
