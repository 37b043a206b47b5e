import type { JSX } from "preact";
import { mediaUrl, type ImageInfo } from "../../protocol.ts";
import { findRun } from "../state/catalog.ts";
import { isMediaReady } from "../state/client.ts";
import { followNewest, isLinked, linkedStep, pointAtStep, showStep, stepOf, toggleLink } from "../state/images.ts";
import { plottedIds, runColor } from "../state/plotted.ts";
import { stable } from "../state/stable.ts";
import { formatCount } from "../text/number.ts";
import { MetricName } from "./chart-header.tsx";
import { Icon } from "./icons.tsx";

type Frame = ImageInfo["frames"][number];

interface ImageGroup {
  readonly name: string;
  readonly runs: readonly { readonly id: string; readonly name: string; readonly frames: readonly Frame[] }[];
  /** All steps that any run has a frame of. */
  readonly steps: readonly number[];
}

const groups = stable<readonly ImageGroup[]>(() => {
  const byName = new Map<string, ImageGroup["runs"][number][]>();
  for (const id of plottedIds.value) {
    const run = findRun(id)?.value;
    for (const image of run?.images ?? []) {
      const entry = { id, name: run?.name ?? id, frames: image.frames };
      const list = byName.get(image.name);
      if (list === undefined) byName.set(image.name, [entry]);
      else list.push(entry);
    }
  }
  return [...byName].map(([name, runs]) => {
    const steps = runs.flatMap((run) => run.frames.flatMap((frame) => frame.step ?? []));
    return { name, runs, steps: [...new Set(steps)].sort((a, b) => a - b) };
  });
});

/** Logged images, each with a slider over its steps; the sliders move together, except those unlinked. */
export function ImagesSection(): JSX.Element | null {
  if (groups.value.length === 0) return null;
  return (
    <section class="section" aria-label="Images">
      <h2 class="section-title is-plain">
        Images <span class="count">{groups.value.length}</span>
        {linkedStep.value !== null && (
          <button type="button" class="link-button" onClick={followNewest}>
            Back to the newest
          </button>
        )}
      </h2>
      <div class="grid is-images">
        {groups.value.map((group) => (
          <ImageCard key={group.name} group={group} />
        ))}
      </div>
    </section>
  );
}

function ImageCard({ group }: { readonly group: ImageGroup }): JSX.Element {
  const { steps } = group;
  const step = stepOf(group.name) ?? steps.at(-1) ?? null;
  const isLink = isLinked(group.name);
  const index =
    step === null
      ? 0
      : Math.max(
          0,
          steps.findLastIndex((candidate) => candidate <= step),
        );
  return (
    <article class="card image-card" data-image={group.name}>
      <div class="card-header">
        <MetricName name={group.name} />
        {steps.length > 1 && (
          <span class="card-tools">
            <button
              type="button"
              class="icon-button is-link"
              aria-label={`Move ${group.name} with the other images`}
              aria-pressed={isLink}
              title={isLink ? "Unlink this slider (l)" : "Link this slider (l)"}
              onClick={() => toggleLink(group.name)}
            >
              <Icon name={isLink ? "link" : "unlink"} size={14} />
            </button>
          </span>
        )}
      </div>
      <div class="frames">
        {group.runs.map((run) => {
          const frame = frameAt(run.frames, step);
          return (
            <figure key={run.id} class="frame" style={{ "--run": runColor(run.id) }}>
              {frame === undefined || !isMediaReady.value ? (
                <div class="frame-empty">{frame === undefined ? "no image yet" : ""}</div>
              ) : (
                <img
                  src={mediaUrl(run.id, frame.path, frame.version)}
                  alt={`${group.name} of ${run.name}${frame.step === null ? "" : ` at step ${frame.step}`}`}
                  loading="lazy"
                  decoding="async"
                />
              )}
              <figcaption>
                <span class="swatch is-dot" aria-hidden="true" />
                <span class="frame-run">{run.name}</span>
                {frame?.step != null && <span class="faint">step {formatCount(frame.step)}</span>}
              </figcaption>
            </figure>
          );
        })}
      </div>
      {steps.length > 1 && (
        <label class="slider is-steps">
          <span class="visually-hidden">Step of {group.name}</span>
          <input
            type="range"
            min={0}
            max={steps.length - 1}
            step={1}
            value={index}
            aria-valuetext={`step ${steps[index] ?? 0}`}
            onInput={(event) => moveTo(group, event.currentTarget.valueAsNumber)}
          />
          <output>{formatCount(steps[index] ?? 0)}</output>
        </label>
      )}
    </article>
  );
}

/** The frame of a step, or the nearest before it: its own step is printed below. */
function frameAt(frames: readonly Frame[], step: number | null): Frame | undefined {
  if (step === null) return frames.at(-1);
  return frames.findLast((frame) => frame.step === null || frame.step <= step);
}

function moveTo({ name, steps }: ImageGroup, index: number): void {
  const step = steps[index];
  if (step === undefined) return;
  showStep(name, index === steps.length - 1 ? null : step);
  pointAtStep(name, step);
}
