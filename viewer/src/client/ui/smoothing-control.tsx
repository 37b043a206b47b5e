import type { JSX } from "preact";
import type { Smoothing } from "../../protocol.ts";
import { setSmoothing } from "../state/commands.ts";
import { updateView, view } from "../state/view.ts";
import { Icon } from "./icons.tsx";
import { Menu, MenuChoice } from "./menu.tsx";

const KINDS: readonly { readonly kind: Smoothing["kind"]; readonly text: string }[] = [
  { kind: "none", text: "As logged" },
  { kind: "ema", text: "Exponential" },
  { kind: "mean", text: "Moving mean" },
  { kind: "gaussian", text: "Gaussian" },
  { kind: "median", text: "Median" },
];

/** How all lines are smoothed; what was logged stays visible behind. */
export function SmoothingControl(): JSX.Element {
  const { smoothing } = view.value;
  return (
    <Menu
      label="Smoothing"
      isNamed
      buttonClass={smoothing.kind === "none" ? "button" : "button is-on"}
      button={
        <>
          Smooth <span class="button-value">{amount(smoothing)}</span>
          <Icon name="chevron" size={10} />
        </>
      }
    >
      {() => (
        <>
          <p class="menu-heading">Smoothing of all charts</p>
          {KINDS.map(({ kind, text }) => (
            <MenuChoice key={kind} isChosen={smoothing.kind === kind} onChoose={() => setSmoothing(start(kind))}>
              {text}
            </MenuChoice>
          ))}
          {smoothing.kind === "ema" && (
            <Slider
              label="Weight"
              min={0}
              max={0.999}
              step={0.001}
              value={smoothing.weight}
              onValue={(weight) => updateView({ smoothing: { kind: "ema", weight } }, { isContinuous: true })}
            />
          )}
          {smoothing.kind !== "none" && smoothing.kind !== "ema" && (
            <Slider
              label="Points"
              min={3}
              max={301}
              step={2}
              value={smoothing.width}
              onValue={(width) => updateView({ smoothing: { kind: smoothing.kind, width } }, { isContinuous: true })}
            />
          )}
          <p class="menu-note">
            <kbd>s</kbd> on and off · <kbd>[</kbd> <kbd>]</kbd> less and more
          </p>
        </>
      )}
    </Menu>
  );
}

function Slider(props: {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly onValue: (value: number) => void;
}): JSX.Element {
  return (
    <label class="slider">
      <span>{props.label}</span>
      <input
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.valueAsNumber)}
      />
      <output>{props.value}</output>
    </label>
  );
}

function start(kind: Smoothing["kind"]): Smoothing {
  if (kind === "none") return { kind };
  return kind === "ema" ? { kind, weight: 0.9 } : { kind, width: 21 };
}

function amount(smoothing: Smoothing): string {
  if (smoothing.kind === "none") return "off";
  return smoothing.kind === "ema" ? String(smoothing.weight) : `${smoothing.kind} ${smoothing.width}`;
}
