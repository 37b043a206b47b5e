import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { announcement } from "../state/announce.ts";
import { findRun, isActive, welcome } from "../state/catalog.ts";
import { mainRunId } from "../state/focus.ts";
import { detailsRun } from "../state/view.ts";
import { Board } from "./board.tsx";
import { ConnectionBar } from "./connection-bar.tsx";
import { DetailsDrawer } from "./details-drawer.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { LogDialog } from "./log-dialog.tsx";
import { Rail } from "./rail.tsx";
import { Tooltip } from "./tooltip.tsx";
import { TopBar } from "./top-bar.tsx";
import { WelcomeStrip } from "./welcome-strip.tsx";

/** The page. */
export function App(): JSX.Element {
  useSignalEffect(() => {
    const id = mainRunId.value;
    const run = id === null ? undefined : findRun(id)?.value;
    const project = welcome.value?.project.name ?? "Waymark";
    document.title =
      run === undefined ? `${project} · Waymark` : `${isActive(run) ? "● " : ""}${run.name} · ${project} · Waymark`;
  });
  return (
    <div class={`shell${detailsRun.value !== null ? " has-drawer" : ""}`}>
      <a class="skip-link" href="#board" onClick={skipToBoard}>
        Skip to the charts
      </a>
      <TopBar />
      <ConnectionBar />
      <div class="body">
        <Rail />
        <main class="board" id="board" tabIndex={-1}>
          <WelcomeStrip />
          <Board />
        </main>
        <DetailsDrawer />
      </div>
      <Tooltip />
      <HelpDialog />
      <LogDialog />
      <div class="visually-hidden" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

/** The address is the view's: a jump inside the page must not change it. */
function skipToBoard(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#board")?.focus();
}
