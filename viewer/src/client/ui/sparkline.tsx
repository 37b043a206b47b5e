import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { SeriesQuery } from "../../protocol.ts";
import { sparkPath } from "../chart/spark-path.ts";
import { ChartSeries } from "../series/line-series.ts";
import { transport } from "../state/client.ts";

const WIDTH = 132;
const HEIGHT = 22;
/** Four points to a bucket: more than the box has pixels. */
const BUCKETS = 48;
/** How often it is drawn at most: it shows a course, the number beside it the newest value. */
const PACE_MS = 250;

/** The course of one metric from the first point to the newest, whatever the charts are zoomed to; drawn without Vega. */
export function Sparkline({ run, metric }: { readonly run: string; readonly metric: string }): JSX.Element {
  const path = useSignal("");
  useEffect(() => {
    const series = new ChartSeries(1);
    const acknowledgements: (() => void)[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isDrawn = true;
    const draw = (): void => {
      const points = series.lines[0]?.raw;
      if (points !== undefined) path.value = sparkPath(points, WIDTH, HEIGHT);
      isDrawn = true;
      // The next frame is sent after this: the pace here is the server's too.
      timer = setTimeout(() => {
        timer = undefined;
        for (const acknowledge of acknowledgements.splice(0)) acknowledge();
        if (!isDrawn) draw();
      }, PACE_MS);
    };
    const stop = transport().subscribe(queryOf(run, metric), {
      frame(frame, acknowledge) {
        series.applyFrame(frame);
        acknowledgements.push(acknowledge);
        isDrawn = false;
        if (timer === undefined) draw();
      },
      error() {
        // The chart of the same metric says why; here the last course stays.
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [run, metric]);
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path.value} />
    </svg>
  );
}

function queryOf(run: string, metric: string): SeriesQuery {
  return {
    lines: [{ run, metric }],
    x: "step",
    from: null,
    to: null,
    buckets: BUCKETS,
    smoothing: { kind: "none" },
    logX: false,
  };
}
