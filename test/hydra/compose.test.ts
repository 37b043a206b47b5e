import { composeConfig, type ConfigSource, parseOverride, resolveConfig, toPlain } from "@waymark/hydra";
import { expect, test } from "vitest";

const FILES: Readonly<Record<string, string>> = {
  "config.yaml": "defaults:\n- db: mysql\n- _self_\nseed: 1\nname: ${db.driver}-${seed}\n",
  "minimal.yaml": "defaults:\n- db: ???\n",
  "broken.yaml": "defaults:\n- db: oracle\n",
  "db/mysql.yaml": "driver: mysql\nport: 3306\n",
  "db/postgres.yaml": "driver: postgresql\n",
  "more/db/sqlite.yaml": "driver: sqlite\n",
  "searching.yaml": "hydra:\n  searchpath: [file://more]\ndefaults:\n- db: sqlite\n",
  "elsewhere.yaml": "hydra:\n  searchpath: [pkg://some.module]\n",
};

function folder(root: string): ConfigSource {
  const paths = Object.keys(FILES)
    .filter((path) => path.startsWith(root))
    .map((path) => path.slice(root.length));
  return {
    name: root === "" ? "conf" : root,
    readFile: (path) => FILES[root + path],
    listFolder: (path) => {
      const prefix = path === "" ? "" : `${path}/`;
      const below = paths.filter((other) => other.startsWith(prefix)).map((other) => other.slice(prefix.length));
      return below.length === 0 ? undefined : below.map((name) => ({ name, isFolder: name.includes("/") }));
    },
  };
}

function compose(name: string, ...overrides: string[]): unknown {
  const openFolder = (path: string): ConfigSource => folder(`${path}/`);
  const parsed = overrides.map((override) => parseOverride(override));
  return toPlain(resolveConfig(composeConfig(folder(""), name, parsed, { openFolder })));
}

test("puts the options of groups together, with what the command line chooses", () => {
  expect(compose("config")).toEqual({ db: { driver: "mysql", port: 3306 }, seed: 1, name: "mysql-1" });
  expect(compose("config", "db=postgres", "seed=2", "+db.user=me")).toEqual({
    ...{ db: { driver: "postgresql", user: "me" }, seed: 2, name: "postgresql-2" },
  });
});

test("says which options a group has", () => {
  expect(() => compose("minimal")).toThrow("An option has to be chosen for 'db'");
  expect(() => compose("minimal")).toThrow(
    expect.objectContaining({ hint: "Write -S db=mysql; there are mysql, postgres." }) as Error,
  );
  expect(() => compose("broken")).toThrow("In 'broken': there is no config 'db/oracle' in conf");
  expect(() => compose("broken")).toThrow(
    expect.objectContaining({ hint: "Options of 'db' are mysql, postgres." }) as Error,
  );
});

test("says what cannot be overridden, and what was meant", () => {
  expect(() => compose("config", "db@x=mysql")).toThrow(
    expect.objectContaining({
      code: "CONFIG_COMPOSITION",
      hint: expect.stringContaining("Did you mean db?") as string,
    }) as Error,
  );
  expect(() => compose("config", "sed=2")).toThrow(
    expect.objectContaining({ hint: "Did you mean seed? Write +sed=2 to add it." }) as Error,
  );
  expect(() => compose("nope")).toThrow("There is no primary config 'nope' in conf");
});

test("looks for configs in folders that the primary config adds, and not in Python modules", () => {
  expect(compose("searching")).toEqual({ db: { driver: "sqlite" } });
  expect(() => compose("elsewhere")).toThrow("'pkg://some.module' of hydra.searchpath cannot be opened without Python");
});
