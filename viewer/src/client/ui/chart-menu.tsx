import type { ChartGroup } from "@waymark/plots";
import { useComputed, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Smoothing } from "../../protocol.ts";
import type { ChartController } from "../chart/chart-controller.ts";
import { downloadCsv, downloadPng, downloadSvg } from "../chart/export.ts";
import { openedMenu } from "../state/chart-menu.ts";
import { formatSmoothing } from "../state/view-codec.ts";
import type { YScale } from "../state/view-state.ts";
import { updateView, view, withEntry } from "../state/view.ts";
import { pageLink } from "../state/link.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";
import { Menu, MenuChoice } from "./menu.tsx";

const SCALES: readonly YScale[] = ["linear", "log", "symlog"];
const SMOOTHINGS: readonly { readonly smoothing: Smoothing; readonly text: string }[] = [
  { smoothing: { kind: "none" }, text: "As logged" },
  { smoothing: { kind: "ema", weight: 0.9 }, text: "Exponential 0.9" },
  { smoothing: { kind: "gaussian", width: 21 }, text: "Gaussian, 21 points" },
  { smoothing: { kind: "median", width: 21 }, text: "Median, 21 points" },
];

/** What can be done with one chart. */
export function ChartMenu({
  group,
  controller,
  isTable,
}: {
  readonly group: ChartGroup;
  readonly controller: Signal<ChartController | null>;
  readonly isTable: Signal<boolean>;
}): JSX.Element {
  const { yScales, yScale, smoothings, smoothing } = view.value;
  const scale = yScales.get(group.id) ?? yScale;
  const current = formatSmoothing(smoothings.get(group.id) ?? smoothing);
  const act = (close: () => void, action: (chart: ChartController) => void): void => {
    close();
    if (controller.value !== null) action(controller.value);
  };
  const place = useComputed(() => (openedMenu.value?.chart === group.id ? openedMenu.value.place : null));
  return (
    <Menu
      label={`Options of ${group.title}`}
      button={<Icon name="more" size={14} />}
      buttonClass="icon-button"
      place={place.value}
      onPlace={(next) => {
        // Another chart's menu may have opened meanwhile: that one is not ours to close.
        if (next !== null) openedMenu.value = { chart: group.id, place: next };
        else if (openedMenu.peek()?.chart === group.id) openedMenu.value = null;
      }}
    >
      {(close) => (
        <>
          <p class="menu-heading">Y axis of this chart</p>
          {SCALES.map((choice) => (
            <MenuChoice
              key={choice}
              isChosen={choice === scale}
              onChoose={() => {
                updateView({ yScales: withEntry(yScales, group.id, choice === yScale ? undefined : choice) });
                close();
              }}
            >
              {choice}
            </MenuChoice>
          ))}
          <p class="menu-heading">Smoothing of this chart</p>
          {SMOOTHINGS.map((choice) => (
            <MenuChoice
              key={choice.text}
              isChosen={formatSmoothing(choice.smoothing) === current}
              onChoose={() => {
                const isShared = formatSmoothing(choice.smoothing) === formatSmoothing(smoothing);
                updateView({ smoothings: withEntry(smoothings, group.id, isShared ? undefined : choice.smoothing) });
                close();
              }}
            >
              {choice.text}
            </MenuChoice>
          ))}
          <p class="menu-heading">This chart</p>
          <MenuChoice
            isChosen={isTable.value}
            onChoose={() => {
              isTable.value = !isTable.peek();
              close();
            }}
          >
            View as table
          </MenuChoice>
          <MenuChoice hint="e" onChoose={() => act(close, (chart) => void downloadSvg(chart, group.title))}>
            Save as SVG
          </MenuChoice>
          <MenuChoice onChoose={() => act(close, (chart) => void downloadPng(chart, group.title))}>
            Save as PNG
          </MenuChoice>
          <MenuChoice onChoose={() => act(close, (chart) => void downloadCsv(chart, group.title))}>
            Save as CSV
          </MenuChoice>
          <div class="menu-foot">
            <CopyButton text={pageLink({ full: group.id })} label="Copy link to this chart">
              Copy link
            </CopyButton>
          </div>
        </>
      )}
    </Menu>
  );
}
