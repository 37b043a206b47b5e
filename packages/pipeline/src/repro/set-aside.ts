import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { identifyProcess, isErrno, isProcessAlive, processIdentity, type ProcessIdentity } from "@waymark/files";
import { isMapping } from "../values/values.ts";

/** An output that steps aside while the command of its stage runs. */
export interface AsideOutput {
  /** Absolute. */
  readonly path: string;
  /** What the command leaves of it is worth more than what was there before: a checkpoint. */
  readonly isKeptOnFailure: boolean;
}

/** What is written down before anything moves, so that another process can put it back. */
interface Journal {
  readonly owner: ProcessIdentity;
  readonly stage: string;
  readonly outputs: readonly (AsideOutput & { readonly places: readonly string[] })[];
}

/** A stage whose process was killed while its command ran. */
export interface AbandonedRun {
  readonly stage: string;
  /** Its command, which still runs; `undefined` when it does not. */
  readonly commandPid: number | undefined;
  /** The command was to end with the process that started it. */
  readonly isGuarded: boolean;
}

const JOURNAL = "run.json";
const COMMAND = "command.json";
/** The command has ended well: what it made stays. */
const FINISHED = "finished";

/**
 * Outputs of an earlier run, kept aside while the command of their stage runs. When it fails they come back, also when
 * this process does not live to see it: the next one finds them by their journal.
 *
 * DVC removes them, and a command that fails leaves nothing of the last good run.
 */
export class SetAside {
  readonly #folder: string;
  readonly #journal: Journal;

  private constructor(folder: string, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
  }

  /**
   * Moves outputs out of the way; what is not there is left out.
   *
   * @param runsFolder - Folder of ours on the file system of the project, absolute.
   */
  static take(runsFolder: string, stage: string, outputs: readonly AsideOutput[]): SetAside {
    const id = randomBytes(8).toString("hex");
    const folder = join(runsFolder, id);
    mkdirSync(folder, { recursive: true });
    const present = outputs.filter(({ path }) => exists(path));
    const journal: Journal = {
      owner: processIdentity(),
      stage,
      outputs: present.map((output, at) => ({
        ...output,
        // Beside the output where it lies on another file system.
        places: [join(folder, String(at)), join(dirname(output.path), `.${basename(output.path)}.${id}.aside`)],
      })),
    };
    // Nothing has moved before it is complete, so half of one is nobody's loss.
    writeFileSync(join(folder, JOURNAL), JSON.stringify(journal));
    const aside = new SetAside(folder, journal);
    try {
      for (const { path, places } of journal.outputs) move(path, places);
    } catch (error) {
      aside.restore();
      throw error;
    }
    return aside;
  }

  /** Notes which process runs the command, so that nothing is put back below its hands. */
  started(pid: number, isGuarded: boolean): void {
    writeFileSync(join(this.#folder, COMMAND), JSON.stringify({ ...identifyProcess(pid), isGuarded }));
  }

  /** Notes that the command has ended well: from now on nothing it made is replaced any more. */
  finished(): void {
    if (this.#journal.outputs.length > 0) writeFileSync(join(this.#folder, FINISHED), "");
  }

  /**
   * Puts back what there is nothing new of; before the command has {@link SetAside.finished} also in place of what it
   * has left there.
   */
  restore(): void {
    putBack(this.#folder, this.#journal);
  }

  /** Lets the old outputs go: the new ones are there. */
  discard(): void {
    for (const { places } of this.#journal.outputs) removeBeside(places);
    // Without it nobody puts back half of what is being removed.
    rmSync(join(this.#folder, JOURNAL), { force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Puts back what runs left aside whose process was killed. A run whose command still goes on is left alone. The caller
 * holds the repository lock, so nobody is just beginning or finishing one.
 *
 * @returns The runs that were found, those that could not be put back yet with the process of their command.
 */
export function recoverRuns(runsFolder: string): readonly AbandonedRun[] {
  return listFolder(runsFolder).flatMap((name): readonly AbandonedRun[] => {
    const folder = join(runsFolder, name);
    const journal = readJournal(folder);
    if (journal === undefined) {
      // Killed before anything moved, or when everything was in its place.
      rmSync(folder, { recursive: true, force: true });
      return [];
    }
    if (isProcessAlive(journal.owner)) return [];
    const command = readIdentity(join(folder, COMMAND));
    const { stage } = journal;
    if (command !== undefined && isProcessAlive(command)) {
      return [{ stage, commandPid: command.pid, isGuarded: command.isGuarded === true }];
    }
    putBack(folder, journal);
    return [{ stage, commandPid: undefined, isGuarded: false }];
  });
}

function putBack(folder: string, journal: Journal): void {
  const isFinished = exists(join(folder, FINISHED));
  for (const { path, places, isKeptOnFailure } of journal.outputs) {
    const place = places.find(exists);
    if (place === undefined) continue;
    if ((isFinished || isKeptOnFailure) && exists(path)) {
      rmSync(place, { recursive: true, force: true });
      continue;
    }
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    renameSync(place, path);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Only what could not be moved into our folder is beside the output. */
function removeBeside(places: readonly string[]): void {
  for (const place of places.slice(1)) if (exists(place)) rmSync(place, { recursive: true, force: true });
}

function move(path: string, places: readonly string[]): void {
  for (const place of places) {
    try {
      renameSync(path, place);
      return;
    } catch (error) {
      if (!isErrno(error, "EXDEV") || place === places.at(-1)) throw error;
    }
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return false;
    throw error;
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function readJournal(folder: string): Journal | undefined {
  const content = readJson(join(folder, JOURNAL));
  return isMapping(content) && isMapping(content["owner"]) && Array.isArray(content["outputs"])
    ? (content as unknown as Journal)
    : undefined;
}

function readIdentity(path: string): (ProcessIdentity & { readonly isGuarded?: unknown }) | undefined {
  const content = readJson(path);
  return isMapping(content) && typeof content["pid"] === "number" ? (content as unknown as ProcessIdentity) : undefined;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
