import { chartInFocus, exportChart, openMenuInFocus } from "./chart-in-focus.ts";
import { cycleXAxis, cycleYScale, redo, stepSmoothing, toggleSmoothing, toggleTail, undo } from "./commands.ts";
import { crosshair, isTooltipFrozen } from "./hover.ts";
import { runIds } from "./catalog.ts";
import { cursorRun, mainRunId } from "./focus.ts";
import { togglePinned, togglePlotted } from "./plotted.ts";
import { isHelpOpen, isRailOpen, logRun } from "./shell.ts";
import { cycleTheme } from "./theme.ts";
import { fullChart, resetZoom, updateView, view, zoomBack } from "./view.ts";
import { toggleImageInFocus } from "./images.ts";
import { announce } from "./announce.ts";
import { peekRun } from "./catalog.ts";

/** One key of the page, for the listener and for the help. `Ctrl` stands for the command key as well. */
export interface Shortcut {
  readonly keys: readonly string[];
  readonly text: string;
  readonly run: () => void;
}

/** Every single key the page answers to, in the order that the help lists them. */
export const SHORTCUTS: readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Runs",
    shortcuts: [
      { keys: ["j"], text: "Next run", run: () => moveCursor(1) },
      { keys: ["k"], text: "Previous run", run: () => moveCursor(-1) },
      { keys: ["x"], text: "Plot or hide the run", run: () => withCursor(togglePlotted) },
      { keys: ["p"], text: "Pin the run", run: () => withCursor(togglePinned) },
      { keys: ["o"], text: "Open the run's details", run: () => withCursor((id) => updateView({ details: id })) },
      { keys: ["L"], text: "Open the run's console log", run: () => withCursor(openLog) },
    ],
  },
  {
    title: "Charts",
    shortcuts: [
      { keys: ["t"], text: "Follow the newest steps", run: toggleTail },
      { keys: ["f"], text: "The chart alone, on the whole page", run: toggleFull },
      { keys: ["0"], text: "Show everything again", run: resetZoom },
      { keys: ["Backspace"], text: "Previous zoom", run: zoomBack },
      { keys: ["y"], text: "Y scale of the chart pointed at", run: () => cycleYScale(false) },
      { keys: ["Y"], text: "Y scale of all charts", run: () => cycleYScale(true) },
      { keys: ["X"], text: "X axis: step, time, clock", run: cycleXAxis },
      { keys: ["s"], text: "Smoothing on and off", run: toggleSmoothing },
      { keys: ["["], text: "Smooth less", run: () => stepSmoothing(-1) },
      { keys: ["]"], text: "Smooth more", run: () => stepSmoothing(1) },
      { keys: ["m"], text: "The chart's menu", run: openMenuInFocus },
      { keys: ["e"], text: "Save the chart as SVG", run: () => void exportChart() },
      { keys: ["l"], text: "Unlink or link the slider of the image pointed at", run: toggleImageInFocus },
    ],
  },
  {
    title: "Page",
    shortcuts: [
      { keys: ["/"], text: "Find metrics and runs", run: focusSearch },
      { keys: ["Ctrl+Z"], text: "Undo the last change of the view", run: undo },
      { keys: ["Ctrl+Shift+Z"], text: "Redo it", run: redo },
      { keys: ["D"], text: "Light, dark or the system's theme", run: cycleTheme },
      { keys: ["?"], text: "This list", run: () => (isHelpOpen.value = !isHelpOpen.peek()) },
      { keys: ["Escape"], text: "Close what is open", run: closeTopmost },
    ],
  },
];

/** What the pointer does; the help lists it beside the keys. */
export const GESTURES: readonly (readonly [string, string])[] = [
  ["Drag", "Zoom x on all charts"],
  ["Alt + drag", "Zoom x on this chart only"],
  ["Shift + drag", "Zoom y"],
  ["Double-click", "Show everything"],
  ["Click a line", "Keep a reading; two make a difference"],
  ["Shift + click", "Freeze the tooltip"],
  ["Wheel over an axis", "Zoom that axis"],
  ["Right-click a chart", "Open its menu"],
  ["Arrow keys on a chart", "Read values along the lines"],
];

/** Listens to the page's keys, except where somebody types. */
export function bindKeyboard(): void {
  const byKey = new Map(
    SHORTCUTS.flatMap(({ shortcuts }) => shortcuts.flatMap((item) => item.keys.map((key) => [key, item.run] as const))),
  );
  addEventListener("keydown", (event) => {
    if (event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    const run = byKey.get(keyName(event));
    if (run === undefined) return;
    event.preventDefault();
    run();
  });
}

/** The key as the list above has it: with Ctrl or Command, Shift is told apart, and the case is not. */
function keyName({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  return ctrlKey || metaKey ? `Ctrl+${shiftKey ? "Shift+" : ""}${key.toUpperCase()}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range" && target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function moveCursor(by: number): void {
  const ids = runIds.peek();
  if (ids.length === 0) return;
  const at = ids.indexOf(cursorRun.peek() ?? "");
  const next = at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by));
  const id = ids[next] ?? null;
  cursorRun.value = id;
  const run = id === null ? undefined : peekRun(id);
  if (run !== undefined) announce(`${run.name}, ${run.state}`);
}

function withCursor(act: (id: string) => void): void {
  const id = cursorRun.peek() ?? mainRunId.peek();
  if (id !== null) act(id);
}

function openLog(id: string): void {
  if (peekRun(id)?.log === undefined) announce("This run has no console log");
  else logRun.value = id;
}

function toggleFull(): void {
  updateView({ full: fullChart.peek() === null ? chartInFocus() : null });
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>("#search")?.focus();
}

function closeTopmost(): void {
  if (isTooltipFrozen.peek()) isTooltipFrozen.value = false;
  else if (isHelpOpen.peek()) isHelpOpen.value = false;
  else if (logRun.peek() !== null) logRun.value = null;
  else if (isRailOpen.peek()) isRailOpen.value = false;
  else if (view.peek().details !== null) updateView({ details: null });
  else if (fullChart.peek() !== null) updateView({ full: null });
  else if (crosshair.peek() !== null) crosshair.value = null;
}
