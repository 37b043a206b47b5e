import { UsageError } from "../usage-error.ts";

/** Reads a list of GPUs: numbers or UUIDs as in `CUDA_VISIBLE_DEVICES`, each once. */
export function parseGpus(text: string): readonly string[] {
  const gpus = text.split(",").map((gpu) => gpu.trim());
  const wrong = gpus.find((gpu) => !/^[\w./-]+$/u.test(gpu));
  if (wrong !== undefined) throw new UsageError(`Expected GPUs such as 0,1 and not '${text}'.`);
  const twice = gpus.find((gpu, at) => gpus.indexOf(gpu) !== at);
  if (twice !== undefined) throw new UsageError(`GPU ${twice} is named twice.`);
  return gpus;
}
