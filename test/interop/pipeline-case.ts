/** A project with a pipeline whose outputs are there already. */
export interface PipelineCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** What happens to the files after everything was committed; `null` deletes one. */
  readonly changes: Readonly<Record<string, string | null>>;
}
