import { CorruptObjectError, ObjectNotCachedError } from "../errors.ts";
import type { StampedHash } from "../hash.ts";
import { hashOne } from "./hash-one.ts";
import { insertOne, type FileToInsert, type Inserted, type InsertSettings } from "./insert-one.ts";
import type { JobControl } from "./job-control.ts";
import type { CacheSettings } from "./object-files.ts";
import { placeOne, type FileToPlace, type Placed } from "./place-one.ts";

/** A file that is to be hashed. */
export interface FileToHash {
  readonly path: string;
  /** As it was seen last: chooses the way. */
  readonly sizeBytes: number;
}

/** A portion of a job, for one thread. */
export type Task =
  | { readonly type: "hash"; readonly files: readonly FileToHash[]; readonly isLegacy: boolean }
  | { readonly type: "insert"; readonly files: readonly FileToInsert[]; readonly settings: InsertSettings }
  | { readonly type: "place"; readonly files: readonly FileToPlace[]; readonly settings: CacheSettings };

/** An object that cannot be shown, because it is damaged or gone. */
export interface FailedPlace {
  readonly path: string;
  readonly md5: string;
  readonly object: string;
  /** `undefined`: it is not there any more. */
  readonly why: string | undefined;
}

/** What became of one file of a checkout. */
export type PlaceResult = Placed | FailedPlace;

/** What became of a task: one result for every file, in order. */
export type TaskResult =
  | { readonly type: "hash"; readonly hashes: readonly StampedHash[] }
  | { readonly type: "insert"; readonly inserted: readonly Inserted[] }
  | { readonly type: "place"; readonly placed: readonly PlaceResult[] };

/** How often a thread that has other things to do looks at them. */
const TURN_MS = 20;

/**
 * Does a task, file by file.
 *
 * @param isSharing - The thread has other things to do as well, and gets to them between files.
 */
export async function doTask(task: Task, control: JobControl, isSharing: boolean): Promise<TaskResult> {
  const each = async <File, Result>(
    files: readonly File[],
    work: (file: File) => Promise<Result>,
  ): Promise<Result[]> => {
    const results: Result[] = [];
    let turnEnds = performance.now() + TURN_MS;
    for (const file of files) {
      control.throwIfAborted();
      if (isSharing && performance.now() > turnEnds) {
        await new Promise((resolve) => setImmediate(resolve));
        turnEnds = performance.now() + TURN_MS;
      }
      results.push(await work(file));
      control.addFiles(1);
    }
    return results;
  };
  switch (task.type) {
    case "hash":
      return {
        type: "hash",
        hashes: await each(task.files, async (file) => hashOne(file.path, file.sizeBytes, task.isLegacy, control)),
      };
    case "insert":
      return {
        type: "insert",
        inserted: await each(task.files, async (file) => insertOne(file, task.settings, control)),
      };
    case "place":
      return { type: "place", placed: await each(task.files, async (file) => tryPlace(file, task.settings, control)) };
  }
}

async function tryPlace(file: FileToPlace, settings: CacheSettings, control: JobControl): Promise<PlaceResult> {
  try {
    return await placeOne(file, settings, control);
  } catch (error) {
    const { path, md5, object } = file;
    if (error instanceof CorruptObjectError) return { path, md5, object, why: error.why };
    if (error instanceof ObjectNotCachedError) return { path, md5, object, why: undefined };
    throw error;
  }
}
