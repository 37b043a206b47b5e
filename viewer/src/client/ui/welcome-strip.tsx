import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { isCatalogLoaded, runIds } from "../state/catalog.ts";
import { fullChart } from "../state/view.ts";
import { readStored, writeStored } from "../state/storage.ts";
import { Icon } from "./icons.tsx";

const STORAGE_KEY = "waymark.welcomed";
const isDismissed = signal(readStored<boolean>(STORAGE_KEY, false));

/** Three things worth knowing, once. */
export function WelcomeStrip(): JSX.Element | null {
  if (isDismissed.value || fullChart.value !== null || !isCatalogLoaded.value || runIds.value.length === 0) return null;
  return (
    <aside class="welcome" aria-label="Hints">
      <span>
        <kbd>/</kbd> find
      </span>
      <span>
        <kbd>?</kbd> keys
      </span>
      <span>drag on a chart to zoom</span>
      <button
        type="button"
        class="icon-button is-small"
        aria-label="Dismiss hints"
        onClick={() => {
          isDismissed.value = true;
          writeStored(STORAGE_KEY, true);
        }}
      >
        <Icon name="close" size={12} />
      </button>
    </aside>
  );
}
