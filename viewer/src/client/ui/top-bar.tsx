import type { JSX } from "preact";
import type { XAxis } from "../../protocol.ts";
import { cycleTheme, themeChoice } from "../state/theme.ts";
import { pageLink } from "../state/link.ts";
import { resetZoom, searchQuery, updateView, view, xAxis } from "../state/view.ts";
import { welcome } from "../state/catalog.ts";
import { isRailOpen, isHelpOpen } from "../state/shell.ts";
import { toggleTail } from "../state/commands.ts";
import { LiveDot } from "./live-dot.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Icon, Logo } from "./icons.tsx";
import { SmoothingControl } from "./smoothing-control.tsx";

const AXES: readonly { readonly axis: XAxis; readonly text: string; readonly title: string }[] = [
  { axis: "step", text: "Step", title: "Step" },
  { axis: "relative", text: "Time", title: "Time since the run started" },
  { axis: "wall", text: "Clock", title: "Time of day" },
];

/** The page's head: where we are, whether it is live, and how all charts are read. */
export function TopBar(): JSX.Element {
  return (
    <header class="top-bar">
      <button
        type="button"
        class="icon-button rail-button"
        aria-label="Runs"
        aria-expanded={isRailOpen.value}
        onClick={() => {
          isRailOpen.value = !isRailOpen.peek();
        }}
      >
        <Icon name="menu" />
      </button>
      <div class="brand">
        <Logo />
        <h1 class="brand-name">
          Waymark <span class="brand-project">{welcome.value?.project.name ?? ""}</span>
        </h1>
        <LiveDot />
      </div>
      <ChartControls />
      <div class="top-tools">
        <CopyButton text={pageLink()} label="Copy link to this view" buttonClass="icon-button" />
        <ThemeButton />
        <button
          type="button"
          class="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => {
            isHelpOpen.value = true;
          }}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

function ChartControls(): JSX.Element {
  const { yScale, logX, tail, window, windows, yWindows } = view.value;
  const isZoomed = window !== null || windows.size > 0 || yWindows.size > 0;
  return (
    <div class="controls" role="toolbar" aria-label="All charts">
      <label class="search">
        <Icon name="search" size={14} />
        <span class="visually-hidden">Find metrics and runs</span>
        <input
          id="search"
          type="search"
          placeholder="Find metrics and runs"
          value={searchQuery.value}
          onInput={(event) => updateView({ query: event.currentTarget.value }, { isContinuous: true })}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <div class="segmented" role="group" aria-label="X axis">
        {AXES.map(({ axis, text, title }) => (
          <button
            key={axis}
            type="button"
            aria-pressed={xAxis.value === axis}
            title={`X axis: ${title} (X)`}
            onClick={() => updateView({ x: axis, window: null, windows: new Map() })}
          >
            {text}
          </button>
        ))}
      </div>
      <div class="segmented" role="group" aria-label="Scales">
        <button type="button" aria-pressed={logX} title="Logarithmic x" onClick={() => updateView({ logX: !logX })}>
          log x
        </button>
        <button
          type="button"
          aria-pressed={yScale === "log"}
          title="Logarithmic y (Y)"
          onClick={() => updateView({ yScale: yScale === "log" ? "linear" : "log" })}
        >
          log y
        </button>
      </div>
      <SmoothingControl />
      <button
        type="button"
        class="button"
        aria-pressed={tail !== null}
        title="Follow the newest steps (t)"
        onClick={() => toggleTail()}
      >
        <Icon name="play" size={12} /> Tail
      </button>
      {isZoomed && (
        <button type="button" class="button is-accent" title="Show everything (0)" onClick={() => resetZoom()}>
          <Icon name="reset" size={14} /> Reset zoom
        </button>
      )}
      {view.value.outliers === "all" && (
        <button type="button" class="button" onClick={() => updateView({ outliers: "robust" })}>
          Outliers shown
        </button>
      )}
    </div>
  );
}

function ThemeButton(): JSX.Element {
  const choice = themeChoice.value;
  const icon = choice === "system" ? "system" : choice === "light" ? "sun" : "moon";
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Theme: ${choice}`}
      title={`Theme: ${choice}`}
      onClick={() => cycleTheme()}
    >
      <Icon name={icon} />
    </button>
  );
}
