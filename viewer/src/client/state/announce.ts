import { signal } from "@preact/signals";

/** What the page's polite live region says. */
export const announcement = signal("");

let lastMs = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something to those who listen instead of look; at most once a second, the newest wins. */
export function announce(text: string): void {
  clearTimeout(timer);
  const wait = Math.max(0, 1000 - (performance.now() - lastMs));
  timer = setTimeout(() => {
    lastMs = performance.now();
    // The same sentence twice is news twice, and a region speaks only when its text changes.
    announcement.value = text === announcement.peek() ? `${text}\u00a0` : text;
  }, wait);
}
