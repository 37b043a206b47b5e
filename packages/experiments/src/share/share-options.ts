import type { GitProgress, RemoteAccess } from "@waymark/git";
import type { FailedObject, PlacedObject } from "@waymark/pipeline";
import type { OpenRemoteOptions, TransferProgress } from "@waymark/store/remotes";
import type { BaselineSelection } from "../baselines.ts";
import type { ExperimentRef } from "../experiment-ref.ts";
import type { RowSelection } from "../query/select-rows.ts";

/** Options that pushing and pulling have in common. */
export interface ShareOptions extends OpenRemoteOptions {
  /** Replaces experiments, and labels, that have diverged. Default `false`. */
  readonly force?: boolean;
  /** Tells what would be done, and does nothing. Default `false`. */
  readonly isDry?: boolean;
  /** Leaves data out. Default `false`. */
  readonly isWithoutData?: boolean;
  /** Takes the run cache along. Default `false`. */
  readonly runCache?: boolean;
  /** Data remote. Default: the default one. */
  readonly remote?: string | undefined;
  /** Transfers of data at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Somebody sits at a terminal and can be asked for a password. Default `false`. */
  readonly mayAsk?: boolean;
  readonly onGitProgress?: ((progress: GitProgress) => void) | undefined;
  readonly onDataProgress?: ((progress: TransferProgress) => void) | undefined;
  /** Told about each thing that is done, as soon as it is. */
  readonly onEvent?: ((event: ShareEvent) => void) | undefined;
}

/** What has been done by now. */
export type ShareEvent =
  | { readonly kind: "data"; readonly transferred: number }
  | { readonly kind: "objects"; readonly experiments: number }
  | { readonly kind: "refs"; readonly experiments: readonly ExperimentRef[] };

/** What became of the data of experiments. */
export interface SharedData {
  /** Objects that travelled. */
  readonly transferred: number;
  /** Objects that could not, with the reason. */
  readonly failed: readonly FailedObject[];
  /** Objects that neither side has. */
  readonly missing: readonly PlacedObject[];
  /** Commits whose files could not be read. */
  readonly skipped: readonly string[];
  /** Experiments that need an object that could not travel. */
  readonly incomplete: readonly ExperimentRef[];
}

/** Which experiments of a remote are meant. Queries look at what the remote has. */
export interface RemoteSelection extends RowSelection {
  /** Names or full refs. */
  readonly names?: readonly string[];
  /** Commits the experiments started from, resolved here. Default: HEAD. */
  readonly baselines?: BaselineSelection;
}

/** Picks what Git is told. */
export function gitAccess({ signal, mayAsk, onGitProgress }: ShareOptions): RemoteAccess {
  return { signal, mayAsk: mayAsk ?? false, onProgress: onGitProgress };
}
