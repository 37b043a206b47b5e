/** Where experiments live. DVC reads everything below it, so nothing else of ours is ever put there. */
export const EXPERIMENT_NAMESPACE = "refs/exps/";

/** Namespaces and refs below `refs/exps/` in which DVC keeps its own state. */
const INTERNAL = ["apply/", "celery/", "exec/", "temp/"];
const INTERNAL_REFS = ["apply", "celery", "exec", "temp", "stash"];

/** A ref of the form `refs/exps/<2 hex>/<38 hex>/<name>`. */
export interface ExperimentRef {
  readonly ref: string;
  readonly name: string;
  /** Full id of the commit that the experiment started from. */
  readonly baseline: string;
  /** Commit the ref points to: the newest of the chain. */
  readonly tip: string;
}

/** Makes the ref of an experiment. */
export function formatExperimentRef(baseline: string, name: string): string {
  return `${EXPERIMENT_NAMESPACE}${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

/**
 * Reads the ref of an experiment.
 *
 * @returns `undefined` for anything else, DVC's own refs and foreign ones included: whoever put them there, listing
 * goes on without them.
 */
export function parseExperimentRef(ref: string): { readonly name: string; readonly baseline: string } | undefined {
  if (!ref.startsWith(EXPERIMENT_NAMESPACE)) return undefined;
  const rest = ref.slice(EXPERIMENT_NAMESPACE.length);
  if (INTERNAL_REFS.includes(rest) || INTERNAL.some((prefix) => rest.startsWith(prefix))) return undefined;
  const parts = rest.split("/");
  const [head, tail, name] = parts;
  if (parts.length !== 3 || head === undefined || tail === undefined || name === undefined || name === "") {
    return undefined;
  }
  const baseline = head + tail;
  if (head.length !== 2 || !/^[0-9a-f]{40}$/u.test(baseline)) return undefined;
  return { name, baseline };
}
