import type { ProjectStage } from "@waymark/pipeline";
import { toPrintable } from "./display-text.ts";

const MAX_LENGTH = 80;

/** Describes a stage in one line: its description, or what it makes and needs, as `dvc stage list` does. */
export function describeStage(stage: ProjectStage): string {
  const [first = ""] = (stage.description ?? "").split("\n").filter((line) => line.trim() !== "");
  return truncate(toPrintable(first === "" ? listPaths(stage) : first.trim()));
}

function listPaths(stage: ProjectStage): string {
  const inputs = [...stage.deps, ...stage.params].map(({ text }) => text);
  if (stage.outs.length === 0) {
    return inputs.length === 0 ? "No outputs or dependencies" : `Depends on ${inputs.join(", ")}`;
  }
  const outputs = stage.outs.filter(({ role }) => role === "out").map(({ text }) => text);
  const reports = stage.outs.filter(({ role }) => role !== "out").map(({ text }) => text);
  return [
    ...(outputs.length > 0 ? [`Outputs ${outputs.join(", ")}`] : []),
    ...(reports.length > 0 ? [`Reports ${reports.join(", ")}`] : []),
  ].join("; ");
}

function truncate(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_LENGTH ? text : `${characters.slice(0, MAX_LENGTH - 1).join("")}…`;
}
