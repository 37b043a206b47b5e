import { computed, effect, signal } from "@preact/signals";
import { readStored, writeStored } from "./storage.ts";

export type ThemeChoice = "system" | "light" | "dark";

const STORAGE_KEY = "waymark.theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(systemDark.matches);

export const themeChoice = signal<ThemeChoice>("system");
/** The theme in force. */
export const theme = computed<"light" | "dark">(() =>
  themeChoice.value === "system" ? (isSystemDark.value ? "dark" : "light") : themeChoice.value,
);

/** Colours that charts draw with; the same values as in `styles/tokens.css`. */
export interface ChartColors {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  readonly surface: string;
}

const CHART_COLORS: Readonly<Record<"light" | "dark", ChartColors>> = {
  light: { text: "#171b21", muted: "#5c6675", grid: "#eceef2", axis: "#cfd4dc", surface: "#ffffff" },
  dark: { text: "#e6e9ee", muted: "#97a1b0", grid: "#252a33", axis: "#3b434f", surface: "#171a20" },
};

export const chartColors = computed(() => CHART_COLORS[theme.value]);

/** Follows the system and the person's choice. */
export function bindTheme(): void {
  const stored = readStored<string>(STORAGE_KEY, "system");
  themeChoice.value = stored === "light" || stored === "dark" ? stored : "system";
  systemDark.addEventListener("change", (event) => {
    isSystemDark.value = event.matches;
  });
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}

function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  writeStored(STORAGE_KEY, choice);
}

/** System, light, dark, and round again. */
export function cycleTheme(): void {
  const next = { system: "light", light: "dark", dark: "system" } as const;
  chooseTheme(next[themeChoice.value]);
}
