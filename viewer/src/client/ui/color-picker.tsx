import { RUN_COLORS } from "@waymark/plots";
import type { JSX } from "preact";
import { chooseColor, colorSlot, runColor } from "../state/plotted.ts";
import { Menu } from "./menu.tsx";

/** A run's colour; a click offers the others. */
export function ColorPicker({ id, name }: { readonly id: string; readonly name: string }): JSX.Element {
  const slot = colorSlot(id);
  return (
    <Menu
      label={`Colour of ${name}`}
      align="start"
      buttonClass="swatch-button"
      button={<span class="swatch" style={{ "--run": runColor(id) }} />}
    >
      {(close) => (
        <div class="swatches" role="group" aria-label="Colours">
          {RUN_COLORS.map((color, i) => (
            <button
              key={color}
              type="button"
              class="swatch-choice"
              aria-label={`Colour ${i + 1}`}
              aria-pressed={i === slot}
              style={{ "--run": color }}
              onClick={() => {
                chooseColor(id, i);
                close();
              }}
            />
          ))}
        </div>
      )}
    </Menu>
  );
}
