import { measureLargeAdd } from "../data/large-add.ts";
import { isWanted, measureManyFiles } from "../data/many-files.ts";
import { measureManyStages, measureParallelRepro } from "../data/repro.ts";
import { measureTransfers } from "../data/transfers.ts";
import type { Section } from "../section.ts";

/** Rows D1 to D7: what data and pipelines cost. */
export const data: Section = {
  name: "data",
  title: "Data",
  bare: "`md5sum` on all cores with `cp -r` or `cp -al` of the same files and a `sync` of the copies, because what is added is on the disk, `find -printf` of the same folder, the commands of the stages by themselves, `aws s3 cp --recursive` and `rsync` of the same files",
  async *measure(scale) {
    yield* measureManyFiles(scale);
    if (isWanted(scale, "D2")) yield await measureLargeAdd(scale);
    if (isWanted(scale, "D5")) yield await measureManyStages(scale);
    if (isWanted(scale, "D6")) yield await measureParallelRepro(scale);
    if (isWanted(scale, "D7")) yield await measureTransfers(scale);
  },
};
