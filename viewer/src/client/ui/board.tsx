import type { JSX } from "preact";
import { goneIds, isCatalogLoaded, runIds } from "../state/catalog.ts";
import { constantValue, findChart, sections, toggleSection, type ShownSection } from "../state/layout.ts";
import { plottedIds } from "../state/plotted.ts";
import { fullChart } from "../state/view.ts";
import { BoardSkeleton, NoMetrics, NoneSelected, NoRuns, NothingFound } from "./empty-states.tsx";
import { ChartCard } from "./chart-card.tsx";
import { Icon } from "./icons.tsx";
import { ImagesSection } from "./images-section.tsx";
import { ParamsSection } from "./params-section.tsx";
import { PlotsSection } from "./plots-section.tsx";
import { RunHeader } from "./run-header.tsx";
import { Tiles } from "./tiles.tsx";
import { formatValue } from "../text/number.ts";

/** Everything about the plotted runs, the most telling first. */
export function Board(): JSX.Element {
  const full = fullChart.value;
  const chart = full === null ? undefined : findChart(full);
  if (!isCatalogLoaded.value) return <BoardSkeleton />;
  if (runIds.value.length === goneIds.value.size) return <NoRuns />;
  if (chart !== undefined) return <ChartCard key={`full ${chart.id}`} group={chart} isFull />;
  if (plottedIds.value.length === 0) return <NoneSelected />;
  // The system's own metrics come after what a person logged, params and pictures included.
  const own = sections.value.filter((section) => section.id !== "system");
  const system = sections.value.filter((section) => section.id === "system");
  return (
    <>
      <RunHeader />
      <NothingFound />
      {own.length === 0 && <NoMetrics />}
      {own.slice(0, 1).map((section) => (
        <Section key={section.id} section={section} />
      ))}
      <Tiles />
      {own.slice(1).map((section) => (
        <Section key={section.id} section={section} />
      ))}
      <ImagesSection />
      <PlotsSection />
      <ParamsSection />
      {system.map((section) => (
        <Section key={section.id} section={section} />
      ))}
    </>
  );
}

function Section({ section }: { readonly section: ShownSection }): JSX.Element | null {
  const count = section.charts.length + section.constants.length;
  if (count === 0) return null;
  return (
    <section class="section" aria-label={section.title}>
      <h2 class="section-title">
        <button
          type="button"
          class="section-button"
          aria-expanded={section.isOpen}
          onClick={() => toggleSection(section)}
        >
          <Icon name="chevron" size={12} />
          {section.title} <span class="count">{count}</span>
        </button>
      </h2>
      {section.isOpen && (
        <>
          <div class={section.id === "headline" ? "grid is-headline" : "grid"}>
            {section.charts.map((chart) => (
              <ChartCard key={chart.id} group={chart} />
            ))}
          </div>
          {section.constants.length > 0 && <Constants section={section} />}
        </>
      )}
    </section>
  );
}

/** Metrics that never moved, in a line of their own; opened, they are charts as any other. */
function Constants({ section }: { readonly section: ShownSection }): JSX.Element {
  const { constants } = section;
  return (
    <details class="constants">
      <summary>
        {constants.length} constant {constants.length === 1 ? "metric" : "metrics"}
      </summary>
      <dl class="constant-list">
        {constants.map((chart) => (
          <div key={chart.id}>
            <dt>{chart.title}</dt>
            <dd>{formatValue(constantValue(chart.id))}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
