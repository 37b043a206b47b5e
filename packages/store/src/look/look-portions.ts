import { lookAt } from "../scan-folder.ts";
import { STAMP_FIELDS } from "../state/stamp-list.ts";

/** Files that are looked at before the next portion is taken. */
const PORTION = 2000;
/** What stands at a path. */
export const LOOK_KINDS = { gone: 0, file: 1, other: 2 } as const;
const NEXT = 0;
const FIRST_STATE = 1;
const TODO = 0;
const DONE = 1;
const FAILED = 2;
/** How long a thread may take for a portion before it is done again here, in milliseconds. */
const PATIENCE_MS = 2000;

/** Memory that everybody who looks at the files of one list shares. */
export interface LookMemory {
  /** The number of the next portion, then what became of each. */
  readonly control: Int32Array;
  /** The stamps of the files, as a {@link StampList} holds them. */
  readonly words: BigInt64Array;
  /** What each is, of {@link LOOK_KINDS}. */
  readonly kinds: Uint8Array;
}

/** Makes memory for a list of files. */
export function newLookMemory(files: number): LookMemory {
  const portions = Math.ceil(files / PORTION);
  return {
    control: new Int32Array(new SharedArrayBuffer((FIRST_STATE + portions) * 4)),
    words: new BigInt64Array(new SharedArrayBuffer(files * STAMP_FIELDS * 8)),
    kinds: new Uint8Array(new SharedArrayBuffer(files)),
  };
}

/** Takes portions of a list until there are none left. An error leaves its portion to {@link finishPortions}. */
export function lookAtPortions(paths: readonly string[], memory: LookMemory): void {
  const { control } = memory;
  const portions = control.length - FIRST_STATE;
  for (;;) {
    const portion = Atomics.add(control, NEXT, 1);
    if (portion >= portions) return;
    let state = FAILED;
    try {
      lookAtPortion(paths, portion, memory);
      state = DONE;
    } catch {
      // Looked at once more, there to be thrown.
    }
    Atomics.store(control, FIRST_STATE + portion, state);
    Atomics.notify(control, FIRST_STATE + portion);
  }
}

/**
 * Waits for portions that others took, and does those that they did not get done.
 *
 * @throws System errors
 */
export function finishPortions(paths: readonly string[], memory: LookMemory): void {
  const { control } = memory;
  for (let portion = 0; portion < control.length - FIRST_STATE; portion += 1) {
    const at = FIRST_STATE + portion;
    if (Atomics.load(control, at) === TODO) Atomics.wait(control, at, TODO, PATIENCE_MS);
    if (Atomics.load(control, at) !== DONE) lookAtPortion(paths, portion, memory);
  }
}

function lookAtPortion(paths: readonly string[], portion: number, { words, kinds }: LookMemory): void {
  const end = Math.min(paths.length, (portion + 1) * PORTION);
  for (let index = portion * PORTION; index < end; index += 1) {
    const stats = lookAt(paths[index] ?? "");
    const at = index * STAMP_FIELDS;
    kinds[index] = stats === undefined ? LOOK_KINDS.gone : stats.isFile() ? LOOK_KINDS.file : LOOK_KINDS.other;
    if (stats === undefined) continue;
    words[at] = stats.dev;
    words[at + 1] = stats.ino;
    words[at + 2] = stats.size;
    words[at + 3] = stats.mtimeNs;
    words[at + 4] = stats.ctimeNs;
  }
}
