import { TrackerError } from "@waymark/core/errors";

/** A value of a kind that cannot be logged. */
export class InvalidDataTypeError extends TrackerError {
  override readonly code = "INVALID_DATA_TYPE";
  readonly dataName: string;
  readonly dataType: string;

  constructor(name: string, value: unknown, hint = "Log a number, a bigint, a boolean or a string.") {
    const type = describeType(value);
    super(`Data '${name}' has not supported type ${type}`, { hint });
    this.dataName = name;
    this.dataType = type;
  }
}

/** A name that is a metric already and would have to be a group of metrics too, or the other way round. */
export class MetricConflictError extends TrackerError {
  override readonly code = "METRIC_CONFLICT";
  readonly metric: string;
  readonly other: string;

  constructor(metric: string, other: string) {
    super(`'${metric}' cannot be a metric: '${other}' is one already`, {
      hint: "A name is either a metric or a group of metrics, because the summary nests by '/'. Rename one of the two.",
    });
    this.metric = metric;
    this.other = other;
  }
}

/** An option, or an argument that is not data, with a value it cannot have. */
export class InvalidOptionError extends TrackerError {
  override readonly code = "INVALID_OPTION";
  readonly option: string;

  constructor(option: string, value: unknown, expected: string) {
    super(`Option '${option}' cannot be ${describeValue(value)}`, { hint: `Expected ${expected}.` });
    this.option = option;
  }
}

/** An option that does not exist. */
export class UnknownOptionError extends TrackerError {
  override readonly code = "UNKNOWN_OPTION";
  readonly option: string;

  constructor(option: string, known: readonly string[]) {
    const camelCase = option.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()).replace("Dvc", "");
    const hint = known.includes(camelCase) ? `Did you mean '${camelCase}'?` : `Options are ${known.join(", ")}.`;
    super(`There is no option '${option}'`, { hint });
    this.option = option;
  }
}

/** A report mode that does not exist. */
export class InvalidReportModeError extends TrackerError {
  override readonly code = "INVALID_REPORT_MODE";

  constructor(value: unknown) {
    super(`'report' has to be "html", "md" or undefined. Got ${describeValue(value)} instead.`, {
      hint: 'Use `report: "html"` for one page that opens from disk.',
    });
  }
}

/** A path for dvc.yaml whose last part is another name. */
export class InvalidDvcyamlError extends TrackerError {
  override readonly code = "INVALID_DVCYAML";

  constructor(value: unknown) {
    super(`'dvcyaml' has to be a path that ends in 'dvc.yaml', true or false. Got ${describeValue(value)} instead.`, {
      hint: "DVC reads files of that name only; choose another folder instead, such as `results/dvc.yaml`.",
    });
  }
}

/** A name for an artifact that DVC does not accept. */
export class InvalidArtifactNameError extends TrackerError {
  override readonly code = "INVALID_ARTIFACT_NAME";
  readonly artifact: string;

  constructor(artifact: string) {
    super(`'${artifact}' cannot be the name of an artifact`, {
      hint: "Use letters, digits, '-', '_' and '/', with a letter or a digit first and last.",
    });
    this.artifact = artifact;
  }
}

/** The live folder cannot be made or written at all. */
export class UnusableFolderError extends TrackerError {
  override readonly code = "UNUSABLE_FOLDER";
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot log to '${folder}': ${why}`, {
      hint: "Choose another folder with `dir`, or remove what is in the way.",
      cause,
    });
    this.folder = folder;
  }
}

/** An image name that no file can be written under. */
export class InvalidImageNameError extends TrackerError {
  override readonly code = "INVALID_IMAGE_NAME";
  readonly image: string;

  constructor(image: string, reason: string) {
    super(`Image name ${JSON.stringify(image)} ${reason}`, {
      hint: "Use a name such as 'samples.png' or 'samples/12.png', ending in .png, .jpg, .jpeg, .gif, .webp or .svg.",
    });
    this.image = image;
  }
}

/** Something that is no image, or not the image its name says. */
export class InvalidImageError extends TrackerError {
  override readonly code = "INVALID_IMAGE";
  readonly image: string;

  constructor(image: string, reason: string, hint?: string) {
    super(`Image '${image}': ${reason}`, { hint });
    this.image = image;
  }
}

/** Data that a plot cannot be drawn from. */
export class InvalidPlotDataError extends TrackerError {
  override readonly code = "INVALID_PLOT_DATA";
  readonly plot: string;

  constructor(plot: string, reason: string, hint?: string) {
    super(`Plot '${plot}': ${reason}`, { hint });
    this.plot = plot;
  }
}

/** A classification plot of a kind that does not exist. */
export class InvalidPlotTypeError extends TrackerError {
  override readonly code = "INVALID_PLOT_TYPE";
  readonly kind: string;

  constructor(kind: string, known: readonly string[]) {
    super(`'${kind}' is not a classification plot`, { hint: `Use one of ${known.join(", ")}.` });
    this.kind = kind;
  }
}

/** A plot name that no file can be written under. */
export class InvalidPlotNameError extends TrackerError {
  override readonly code = "INVALID_PLOT_NAME";
  readonly plot: string;

  constructor(plot: string, reason: string) {
    super(`Plot name ${JSON.stringify(plot)} ${reason}`, { hint: "Use a name such as 'importance' or 'test/roc'." });
    this.plot = plot;
  }
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  return value.constructor?.name ?? "object";
}

function describeValue(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "object" && value !== null) return describeType(value);
  return String(value);
}
