import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { describe, expect, test } from "vitest";
import { CLONE } from "../support/cli.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

const folders = [
  ...readdirSync(join(CLONE, "packages")).map((name) => join(CLONE, "packages", name)),
  join(CLONE, "viewer"),
];
const manifests = folders.map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest,
}));

describe.each(manifests)("$manifest.name", ({ folder, manifest }) => {
  test("can be published as it is", async () => {
    const { messages } = await publint({ pkgDir: folder, pack: false, level: "warning" });
    expect(messages.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([]);
  });

  test("says its licence and the Node it needs", () => {
    expect(manifest.license).toBe("Apache-2.0");
    expect(manifest.engines?.node).toBe(">=20.19");
  });

  test("asks for our own packages in the version they have", () => {
    const versions = new Map(manifests.map(({ manifest: { name, version } }) => [name, version]));
    const ours = Object.entries(manifest.dependencies ?? {}).filter(([name]) => versions.has(name));
    expect(ours).toEqual(ours.map(([name]) => [name, versions.get(name)]));
  });
});
