import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { listFiles, runGit } from "./checker.ts";

/** Files that `data` of a {@link makeDataProject} holds, by path. */
export const DATA_FILES: Readonly<Record<string, string>> = Object.fromEntries([
  ...Array.from({ length: 40 }, (_, index) => [`data/part-${index % 4}/file-${index}.txt`, `content of ${index}\n`]),
  ["data/big.bin", "0123456789abcdef".repeat(1 << 17)],
]);

const PIPELINE = `stages:
  count:
    cmd: mkdir -p out && cat data/part-*/* > out/all.txt && wc -c < out/all.txt > out/size.txt
    deps:
    - data
    outs:
    - out
  sum:
    cmd: cksum out/all.txt > sum.txt && sleep 0.05 && cp sum.txt sum-again.txt
    deps:
    - out
    outs:
    - sum.txt
    - sum-again.txt
`;

/** Makes a Git repository that is a DVC project with data, a pipeline and a remote folder beside it. */
export function makeDataProject(): string {
  const root = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  runGit(root, ["init", "-q", "-b", "main"]);
  for (const [path, text] of Object.entries(DATA_FILES)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, ".dvc"));
  writeFileSync(join(root, ".dvc/config"), `[core]\n    remote = here\n['remote "here"']\n    url = ../remote\n`);
  writeFileSync(join(root, ".dvc/.gitignore"), "/config.local\n/tmp\n/cache\n");
  writeFileSync(join(root, "dvc.yaml"), PIPELINE);
  writeFileSync(join(root, ".gitignore"), "/remote\n/data\n/out\n/sum.txt\n/sum-again.txt\n");
  return root;
}

/** Copies a project as it is, links and modes included. */
export function copyProject(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), "waymark-faults-"));
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return copy;
}

/** The files of the work tree that a person sees, with the hash of each. */
export function readWorkTree(root: string): Readonly<Record<string, string>> {
  const hidden = (path: string): boolean => /^(\.git|\.dvc\/(tmp|cache)|remote)$/.test(path);
  return Object.fromEntries(listFiles(root, hidden).map((path) => [path, hashOf(join(root, path))]));
}

/** What is wrong with a project after a command was cut short, in words; empty when all is well. */
export function checkDataProject(root: string): readonly string[] {
  const problems: string[] = [];
  const objects = new Map<string, string>();
  for (const store of [".dvc/cache/files/md5", "remote/files/md5"]) {
    for (const path of listFiles(join(root, store))) {
      const name = path.replace("/", "").replace(/\.dir$/, "");
      // What is being written has another name.
      if (!/^[0-9a-f]{32}$/.test(name)) continue;
      const hash = hashOf(join(root, store, path));
      if (hash !== name) problems.push(`${store}/${path} holds ${hash}`);
      objects.set(`${store} ${path.replace("/", "")}`, path);
    }
  }
  for (const [key, path] of objects) {
    const [store = ""] = key.split(" ");
    if (!path.endsWith(".dir") || store.startsWith(".dvc")) continue;
    // Whoever finds the list of a folder on a remote takes its files for present.
    const entries = JSON.parse(readFileSync(join(root, store, path), "utf8")) as readonly { md5: string }[];
    for (const { md5 } of entries)
      if (!objects.has(`${store} ${md5}`)) problems.push(`${store} lacks ${md5} of ${path}`);
  }
  for (const file of ["data.dvc", "dvc.lock", "dvc.yaml"]) {
    if (!existsSync(join(root, file))) continue;
    const text = readFileSync(join(root, file), "utf8");
    const content: unknown = text.endsWith("\n") ? parse(text) : undefined;
    if (typeof content !== "object" || content === null) problems.push(`${file} is torn: ${text.slice(-40)}`);
  }
  problems.push(...checkNothingLost(root));
  return problems;
}

/** The user's data is in the work tree, or at least in the cache. */
function checkNothingLost(root: string): readonly string[] {
  return Object.entries(DATA_FILES).flatMap(([path, text]) => {
    const md5 = createHash("md5").update(text).digest("hex");
    const object = `files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
    const places = [join(root, path), join(root, ".dvc/cache", object), join(root, "remote", object)];
    const isThere = places.some(
      (place) => statSync(place, { throwIfNoEntry: false }) !== undefined && hashOf(place) === md5,
    );
    return isThere ? [] : [`${path} is lost`];
  });
}

function hashOf(path: string): string {
  return createHash("md5").update(readFileSync(path)).digest("hex");
}
