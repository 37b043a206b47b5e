export { FloatValue, IntValue, float, int } from "@waymark/core/formats/python-number";
export type { CheckpointResult } from "./checkpoint/outcome.ts";
export {
  InvalidArtifactNameError,
  InvalidDataTypeError,
  InvalidDvcyamlError,
  InvalidImageError,
  InvalidImageNameError,
  InvalidOptionError,
  InvalidPlotDataError,
  InvalidPlotNameError,
  InvalidPlotTypeError,
  InvalidReportModeError,
  MetricConflictError,
  UnknownOptionError,
  UnusableFolderError,
} from "./errors.ts";
export type { ImageInput, RawImage } from "./image/image-input.ts";
export type { ClassificationKind, ClassificationOptions } from "./plot/classification.ts";
export type { CustomPlotOptions, PlotData } from "./plot/custom.ts";
export type { Label } from "./plot/ranking.ts";
export { Live } from "./live.ts";
export type { RunCallback } from "./live.ts";
export type {
  ArtifactOptions,
  CheckpointOptions,
  LiveEffects,
  LiveOptions,
  LogMetricOptions,
  MonitorOptions,
} from "./options.ts";
export type { MetricValue } from "./session/metric-value.ts";
export type { MetricStatistics } from "./session/statistics.ts";
export type { SummaryTree } from "./session/summary.ts";
