import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLONE } from "../support/cli.ts";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(CLONE, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

/** The folders a package looks for its dependencies in, nearest first. */
function lookupFolders(path: string): string[] {
  const folders: string[] = [];
  for (let folder = path; folder !== ""; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    folders.push(`${folder}/node_modules`);
    if (!folder.includes("/node_modules/")) break;
  }
  return [...folders, "node_modules"];
}

test("the lock file holds what other platforms need, without which `npm ci` refuses it", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !lookupFolders(path).some((folder) => packages[`${folder}/${name}`]?.version !== undefined))
      .map((name) => `${path} → ${name}`),
  );
  expect(missing).toEqual([]);
});

test("the lock file does not tie anyone to one registry", () => {
  const tied = Object.entries(packages).filter(([, { link, resolved }]) => link !== true && resolved !== undefined);
  expect(tied.filter(([path]) => path.startsWith("node_modules/"))).toEqual([]);
});
