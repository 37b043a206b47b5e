import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { formatView, parseView } from "./view-codec.ts";
import { DEFAULT_VIEW, type Range, type ViewState } from "./view-state.ts";

const current = signal<ViewState>(DEFAULT_VIEW);

/** The view as the address has it. */
export const view: ReadonlySignal<ViewState> = current;

/** Parts of the view that many components read on their own, so that a zoom does not redraw the rail. */
export const xAxis = computed(() => current.value.x);
export const searchQuery = computed(() => current.value.query);
export const fullChart = computed(() => current.value.full);
export const detailsRun = computed(() => current.value.details);

let replaceTimer: ReturnType<typeof setTimeout> | undefined;

const MAX_STEPS = 200;
const past: ViewState[] = [];
const future: ViewState[] = [];
/** Whether the last change still goes on: a drag is one step, however often it changes the view. */
let isInBurst = false;

/**
 * Changes the view and the address with it.
 *
 * @param options - `isContinuous` for what changes many times a second (dragging, typing): the address follows a moment
 *   later and no history entry is made.
 */
export function updateView(patch: Partial<ViewState>, { isContinuous = false } = {}): void {
  const next = { ...current.value, ...patch };
  if (!(isContinuous && isInBurst)) remember(next);
  isInBurst = isContinuous;
  current.value = next;
  clearTimeout(replaceTimer);
  if (isContinuous) {
    replaceTimer = setTimeout(() => {
      isInBurst = false;
      writeAddress("replace");
    }, 250);
  } else writeAddress("push");
}

/** Takes the last change of the view back. The address follows as for any change. @returns Whether there was one. */
export function undoView(): boolean {
  return travel(past, future);
}

/** Makes the change that was taken back last again. @returns Whether there was one. */
export function redoView(): boolean {
  return travel(future, past);
}

function travel(from: ViewState[], to: ViewState[]): boolean {
  const target = from.pop();
  if (target === undefined) return false;
  to.push(current.value);
  isInBurst = false;
  clearTimeout(replaceTimer);
  current.value = target;
  writeAddress("push");
  return true;
}

/** Keeps the view as it is, for {@link undoView}, before it becomes another. */
function remember(next: ViewState): void {
  if (formatView(next) === formatView(current.value)) return;
  past.push(current.value);
  if (past.length > MAX_STEPS) past.shift();
  future.length = 0;
}

/** Reads the address, now and whenever the person goes back or forward. */
export function bindAddress(): void {
  current.value = parseView(location.hash);
  addEventListener("popstate", () => {
    const next = parseView(location.hash);
    clearTimeout(replaceTimer);
    isInBurst = false;
    remember(next);
    current.value = next;
  });
}

function writeAddress(mode: "push" | "replace"): void {
  const hash = formatView(current.value);
  const url = location.pathname + location.search + (hash === "" ? "" : `#${hash}`);
  if (url === location.pathname + location.search + location.hash) return;
  if (mode === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

interface Zoom {
  readonly window: Range | null;
  readonly windows: ReadonlyMap<string, Range>;
  readonly yWindows: ReadonlyMap<string, Range>;
  readonly tail: number | null;
}

const zoomHistory: Zoom[] = [];

/** Zooms, remembering where it was for {@link zoomBack}. */
export function zoomTo(zoom: Partial<Zoom>): void {
  const { window, windows, yWindows, tail } = current.value;
  zoomHistory.push({ window, windows, yWindows, tail });
  if (zoomHistory.length > 50) zoomHistory.shift();
  updateView(zoom);
}

/** Back to the zoom before the last; to everything when there is none. */
export function zoomBack(): void {
  let zoom = zoomHistory.pop();
  // An undone zoom is where the view stands already.
  while (zoom !== undefined && formatView({ ...current.value, ...zoom }) === formatView(current.value))
    zoom = zoomHistory.pop();
  if (zoom === undefined) resetZoom();
  else updateView(zoom);
}

/** Shows everything again. */
export function resetZoom(): void {
  const { window, windows, yWindows, tail } = current.value;
  if (window === null && windows.size === 0 && yWindows.size === 0 && tail === null) return;
  zoomTo({ window: null, windows: new Map(), yWindows: new Map(), tail: null });
}

/** A copy of a map with one entry changed, or taken out when `value` is undefined. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): Map<K, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** A list with an item put in or taken out. */
export function withItem<T>(list: readonly T[], item: T, isIn: boolean): readonly T[] {
  const without = list.filter((other) => other !== item);
  return isIn ? [...without, item] : without;
}
