import { InvalidProjectFileError, MalformedJsonError, MalformedYamlError } from "@waymark/core";
import { FileMissingError, PipelineError, UnreadableFileError } from "../errors.ts";

/** Why something could not be read, in the two fields of DVC's JSON. */
export interface ReadProblem {
  /** The name DVC has for this kind of error. */
  readonly type: string;
  readonly msg: string;
}

/**
 * Describes an error as `exp show --json` does: DVC's name for its kind, and a message of ours, which says where in the
 * file the trouble is.
 *
 * @param path - The params or metrics file it is about; `undefined` for one that defines the project.
 */
export function describeProblem(error: unknown, path?: string): ReadProblem {
  const msg = error instanceof Error ? error.message : String(error);
  return { type: problemType(error, path), msg };
}

function problemType(error: unknown, path: string | undefined): string {
  if (error instanceof FileMissingError) return "FileNotFoundError";
  if (error instanceof PipelineError) return "ResolveError";
  if (error instanceof InvalidProjectFileError) return "YAMLValidationError";
  const isMalformed =
    error instanceof MalformedYamlError || error instanceof MalformedJsonError || error instanceof UnreadableFileError;
  if (!isMalformed) return error instanceof Error ? error.name : "Error";
  if (path === undefined) return "YAMLSyntaxError";
  switch (/\.[^./]*$/.exec(path)?.[0].toLowerCase()) {
    case ".json":
      return "JSONFileCorruptedError";
    case ".toml":
      return "TOMLFileCorruptedError";
    case ".py":
      return "PythonFileCorruptedError";
    default:
      return "YAMLFileCorruptedError";
  }
}
