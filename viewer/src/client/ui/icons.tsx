import type { JSX } from "preact";

/** Outlines on a grid of 16, one and a half wide; drawn for this page. */
const PATHS = {
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  eyeOff:
    "M2 2l12 12 M6.2 3.8A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-2 2.5 M4 5A11 11 0 0 0 1.5 8S4 12.5 8 12.5a6 6 0 0 0 2.5-.5",
  pin: "M6 2.5h4 M6.5 2.5v4L4.5 9v1h7V9l-2-2.5v-4 M8 10v4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Z M10.6 10.6 14 14",
  sun: "M8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4Z M8 1.5v1.3 M8 13.2v1.3 M1.5 8h1.3 M13.2 8h1.3 M3.4 3.4l.9.9 M11.7 11.7l.9.9 M3.4 12.6l.9-.9 M11.7 4.3l.9-.9",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5 6 6 0 1 0 13.5 9.5Z",
  system: "M2 3h12v8H2Z M6 13.5h4 M8 11v2.5",
  help: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z M6.2 6.2A1.9 1.9 0 1 1 8.9 8c-.6.3-.9.7-.9 1.3 M8 11.5v.1",
  link: "M6.5 9.5l3-3 M7 4.5 8.5 3a3.2 3.2 0 0 1 4.5 4.5L11.5 9 M9 11.5 7.5 13A3.2 3.2 0 0 1 3 8.5L4.5 7",
  unlink:
    "M7.2 4 8.5 3a3.2 3.2 0 0 1 4.5 4.5L11.8 8.7 M8.8 12 7.5 13A3.2 3.2 0 0 1 3 8.5L4.2 7.3 M3 3l1.2 1.2 M13 13l-1.2-1.2",
  more: "M3.5 8h.1 M8 8h.1 M12.5 8h.1",
  expand: "M9.5 2.5h4v4 M13.5 2.5 9 7 M6.5 13.5h-4v-4 M2.5 13.5 7 9",
  shrink: "M13 7H9V3 M9 7l4.5-4.5 M3 9h4v4 M7 9l-4.5 4.5",
  copy: "M5.5 5.5h8v8h-8Z M10.5 5.5v-3h-8v8h3",
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M3.5 3.5l9 9 M12.5 3.5l-9 9",
  chevron: "M6 3.5 10.5 8 6 12.5",
  menu: "M2.5 4.5h11 M2.5 8h11 M2.5 11.5h11",
  play: "M5 3.5v9l7-4.5Z",
  flag: "M4 14V2.5 M4 3h8l-2 2.7L12 8.5H4",
  table: "M2.5 3h11v10h-11Z M2.5 6.5h11 M2.5 9.7h11 M7 6.5V13",
  warning: "M8 2.5 14.5 13.5h-13Z M8 6.5v3.5 M8 11.8v.1",
  download: "M8 2.5v7.5 M4.8 7 8 10.2 11.2 7 M3 13.5h10",
  reset: "M3 8a5 5 0 1 0 1.7-3.7 M3 2.5v3h3",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside a word or inside a labelled button: never the only thing that says what something is. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d={PATHS[name]} stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** The mark of the project: three stones on a path. */
export function Logo(): JSX.Element {
  return (
    <svg class="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <rect x="2.5" y="14" width="17" height="5" rx="2.5" fill="currentColor" />
      <rect x="5" y="8.5" width="12" height="4.5" rx="2.25" fill="currentColor" opacity="0.75" />
      <rect x="8" y="3.5" width="6.5" height="4" rx="2" fill="var(--accent)" />
    </svg>
  );
}
