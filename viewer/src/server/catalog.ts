import type { RunInfo, ServerMessage } from "../protocol.ts";

/** Rows that went away are remembered up to this many; a page that missed more gets the whole catalog. */
const MAX_REMOVES = 1000;

const STATE_ORDER: Readonly<Record<RunInfo["state"], number>> = {
  running: 0,
  stalled: 0,
  finished: 1,
  failed: 1,
  interrupted: 1,
  unknown: 1,
};

/** All rows that pages see, with a version that counts every change, so that a page asks for what it missed. */
export class Catalog {
  #version = 0;
  readonly #rows = new Map<string, { readonly row: RunInfo; readonly version: number }>();
  #removes: { readonly id: string; readonly version: number }[] = [];
  #oldest = 0;

  get version(): number {
    return this.#version;
  }

  get(id: string): RunInfo | undefined {
    return this.#rows.get(id)?.row;
  }

  set(row: RunInfo): void {
    this.#version++;
    this.#rows.set(row.id, { row, version: this.#version });
  }

  remove(id: string): void {
    if (!this.#rows.delete(id)) return;
    this.#version++;
    this.#removes.push({ id, version: this.#version });
    if (this.#removes.length > MAX_REMOVES) this.#oldest = this.#removes.shift()?.version ?? this.#oldest;
  }

  /** The rows, running first, then newest first. */
  rows(): RunInfo[] {
    return sorted([...this.#rows.values()].map(({ row }) => row));
  }

  /** What brings a page from `version` to now: a patch, or everything where that is not known any more. */
  since(version: number | undefined): Extract<ServerMessage, { type: "catalog" | "catalog-patch" }> {
    if (version === undefined || version > this.#version || version < this.#oldest) {
      return { type: "catalog", version: this.#version, runs: this.rows() };
    }
    const changed = [...this.#rows.values()].filter((entry) => entry.version > version);
    const removed = this.#removes.filter((entry) => entry.version > version && !this.#rows.has(entry.id));
    return {
      type: "catalog-patch",
      version: this.#version,
      upserts: sorted(changed.map(({ row }) => row)),
      removes: [...new Set(removed.map(({ id }) => id))],
    };
  }
}

function sorted(rows: readonly RunInfo[]): RunInfo[] {
  return rows.toSorted(
    (a, b) =>
      STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
      compare(b.isoStartedAt ?? "", a.isoStartedAt ?? "") ||
      compare(a.id, b.id),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
