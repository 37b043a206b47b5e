import { computed, type ReadonlySignal } from "@preact/signals";

/**
 * A computed signal that keeps its old value while the new one says the same, so that a catalog which arrives four
 * times a second wakes nobody for whom nothing changed. Values must survive `JSON.stringify` with all that matters.
 */
export function stable<T>(compute: () => T): ReadonlySignal<T> {
  let key: string | undefined;
  let kept: T;
  return computed(() => {
    const value = compute();
    const nextKey = JSON.stringify(value);
    if (nextKey === key) return kept;
    key = nextKey;
    kept = value;
    return value;
  });
}
