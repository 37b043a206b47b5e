import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { mediaUrl, type PlotInfo } from "../../protocol.ts";
import { findRun } from "../state/catalog.ts";
import { isMediaReady } from "../state/client.ts";
import { plottedIds, runColor } from "../state/plotted.ts";
import { stable } from "../state/stable.ts";
import { chartColors, theme } from "../state/theme.ts";
import { MetricName } from "./chart-header.tsx";
import { observeNear, observeSize } from "./observe-size.ts";
import type { PlotSource } from "../plots/embed-plot.ts";

interface PlotGroup {
  readonly name: string;
  readonly properties: PlotInfo["properties"];
  readonly sources: readonly PlotSource[];
}

const groups = stable<readonly PlotGroup[]>(() => {
  const byName = new Map<string, { readonly properties: PlotInfo["properties"]; readonly sources: PlotSource[] }>();
  for (const id of plottedIds.value) {
    const run = findRun(id)?.value;
    for (const plot of run?.plots ?? []) {
      const source = {
        name: run?.name ?? id,
        color: runColor(id),
        path: plot.path,
        url: mediaUrl(id, plot.path, plot.version),
      };
      const group = byName.get(plot.name);
      if (group === undefined) byName.set(plot.name, { properties: plot.properties, sources: [source] });
      else group.sources.push(source);
    }
  }
  return [...byName].map(([name, group]) => ({ name, ...group }));
});

/** Custom and classification plots, drawn by their templates. */
export function PlotsSection(): JSX.Element | null {
  if (groups.value.length === 0) return null;
  return (
    <section class="section" aria-label="Plots">
      <h2 class="section-title is-plain">
        Plots <span class="count">{groups.value.length}</span>
      </h2>
      <div class="grid is-plots">
        {groups.value.map((group) => (
          <PlotCard key={group.name} group={group} />
        ))}
      </div>
    </section>
  );
}

function PlotCard({ group }: { readonly group: PlotGroup }): JSX.Element {
  const card = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  const [width, setWidth] = useState(0);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [error, setError] = useState<string | null>(null);
  const currentTheme = theme.value;
  const isReady = isMediaReady.value;
  useEffect(() => {
    if (card.current === null) return undefined;
    const stop = [
      observeNear(card.current, (near) => near && setNear(true)),
      observeSize(card.current, (next) => setWidth(Math.floor(next / 20) * 20)),
    ];
    return () => stop.forEach((end) => end());
  }, []);
  useEffect(() => {
    if (!isNear || !isReady || width === 0 || host.current === null) return undefined;
    const aborted = new AbortController();
    let finalize: (() => void) | undefined;
    void draw(host.current, group, width, aborted.signal).then(
      (result) => {
        finalize = result.finalize;
        if (aborted.signal.aborted) finalize();
        setNotes(result.notes);
        setError(null);
      },
      (cause: unknown) => {
        // The last good drawing stays; what went wrong stands below it.
        if (!aborted.signal.aborted) setError(cause instanceof Error ? cause.message : String(cause));
      },
    );
    return () => {
      aborted.abort();
      finalize?.();
    };
  }, [group, isNear, isReady, width, currentTheme]);
  return (
    <article class="card plot-card" data-plot={group.name}>
      <div class="card-header">
        <MetricName name={group.name} />
      </div>
      <div class="plot-card-body" ref={card}>
        <div ref={host} role="img" aria-label={`Plot of ${group.name}`} />
        {error !== null && <p class="plot-message is-error">{error}</p>}
        {notes.map((note) => (
          <p key={note} class="plot-message">
            {note}
          </p>
        ))}
      </div>
    </article>
  );
}

async function draw(
  host: HTMLElement,
  group: PlotGroup,
  width: number,
  signal: AbortSignal,
): Promise<{ readonly notes: readonly string[]; readonly finalize: () => void }> {
  // Vega-Lite is as large as the rest of the page, and most pages never need it.
  const { embedPlot } = await import("../plots/embed-plot.ts");
  return embedPlot(host, { ...group, width, colors: chartColors.peek(), signal });
}
