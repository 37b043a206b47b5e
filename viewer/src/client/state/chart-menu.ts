import { signal } from "@preact/signals";

/** Where a menu's panel stands: at its button, or at the pointer. */
export type MenuPlace =
  | { readonly kind: "button" }
  | { readonly kind: "pointer"; readonly clientX: number; readonly clientY: number };

/** The chart whose menu is open; null when none is. */
export const openedMenu = signal<{ readonly chart: string; readonly place: MenuPlace } | null>(null);
