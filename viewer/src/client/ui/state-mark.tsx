import type { JSX } from "preact";
import type { RunInfo, RunState } from "../../protocol.ts";
import { goneIds } from "../state/catalog.ts";

/** A run's own state, or that its folder is no more. */
export type ShownState = RunState | "gone";

const WORDS: Readonly<Record<ShownState, string>> = {
  running: "running",
  stalled: "no news",
  finished: "finished",
  failed: "failed",
  interrupted: "interrupted",
  unknown: "unknown",
  gone: "gone",
};

/** What there is to say of a run's state. */
export function shownState(run: RunInfo): ShownState {
  return goneIds.value.has(run.id) ? "gone" : run.state;
}

/** The state of a run in a word. */
export function stateWord(state: ShownState): string {
  return WORDS[state];
}

/** The state of a run as a shape of its own, so that colour says nothing that the shape does not. */
export function StateMark({ state }: { readonly state: ShownState }): JSX.Element {
  return (
    <svg
      class={`state-mark is-${state}`}
      width="12"
      height="12"
      viewBox="0 0 12 12"
      role="img"
      aria-label={WORDS[state]}
    >
      <title>{WORDS[state]}</title>
      <StateShape state={state} />
    </svg>
  );
}

function StateShape({ state }: { readonly state: ShownState }): JSX.Element {
  const stroke = { fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round" } as const;
  switch (state) {
    case "running":
      return (
        <>
          <circle class="pulse" cx="6" cy="6" r="5.5" fill="currentColor" opacity="0.25" />
          <circle cx="6" cy="6" r="3.5" fill="currentColor" />
        </>
      );
    case "stalled":
      return (
        <>
          <circle cx="6" cy="6" r="4.2" {...stroke} />
          <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4Z" fill="currentColor" />
        </>
      );
    case "finished":
      return <path d="M2 6.4 4.8 9.2 10 3.2" {...stroke} stroke-linejoin="round" />;
    case "failed":
      return <path d="M2.8 2.8 9.2 9.2 M9.2 2.8 2.8 9.2" {...stroke} />;
    case "interrupted":
      return <rect x="2.5" y="2.5" width="7" height="7" rx="1" fill="currentColor" />;
    case "unknown":
      return <circle cx="6" cy="6" r="4" {...stroke} stroke-dasharray="1.5 2.6" />;
    case "gone":
      return <path d="M6 1.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4Z M3.2 8.8 8.8 3.2" {...stroke} />;
  }
}
