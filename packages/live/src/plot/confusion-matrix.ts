import { InvalidPlotDataError } from "../errors.ts";
import type { Column, Label } from "./ranking.ts";

export interface ConfusionSample {
  readonly actual: string;
  readonly predicted: string;
}

/** Lists what each sample is and what it was taken for; the template counts them. */
export function confusionMatrix(plot: string, labels: Column<Label>, predictions: Column<Label>): ConfusionSample[] {
  if (labels.length !== predictions.length) {
    throw new InvalidPlotDataError(plot, `there are ${labels.length} labels and ${predictions.length} predictions`);
  }
  return Array.from(labels, (actual, index) => ({
    actual: className(actual),
    predicted: className(predictions[index] ?? ""),
  }));
}

// As Python prints a label.
function className(label: Label): string {
  return typeof label === "boolean" ? (label ? "True" : "False") : String(label);
}
