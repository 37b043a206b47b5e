import { signal } from "@preact/signals";

/** Whether the rail is open as a drawer, where the page is too narrow for it to stand beside the charts. */
export const isRailOpen = signal(false);
export const isHelpOpen = signal(false);
/** The run whose console log is open. */
export const logRun = signal<string | null>(null);
/** Seconds since the epoch, in whole seconds: what `elapsed` and `ago` texts follow. */
export const nowSeconds = signal(Math.floor(Date.now() / 1000));

/** Starts the page's clock; it stands still while nobody looks. */
export function bindClock(): void {
  setInterval(() => {
    if (document.visibilityState === "visible") nowSeconds.value = Math.floor(Date.now() / 1000);
  }, 1000);
}
