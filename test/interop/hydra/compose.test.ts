import {
  composeConfig,
  type ConfigSource,
  dumpConfigYaml,
  fromPlain,
  parseOverride,
  resolveConfig,
} from "@waymark/hydra";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong } from "../../support/fault-run.ts";
import { COMPOSITIONS } from "./config-corpus.ts";
import { askHydra, type ComposeCase } from "./real-hydra.ts";

/** The long form asks ten times as much. */
const TIMEOUT_MS = isLong ? 900_000 : 180_000;

/** The files of a case below `conf/`, as a folder. */
function sourceOf(files: ComposeCase["files"]): ConfigSource {
  const paths = Object.keys(files)
    .filter((path) => path.startsWith("conf/"))
    .map((path) => path.slice("conf/".length));
  return {
    name: "conf",
    readFile: (path) => files[`conf/${path}`],
    listFolder: (folder) => {
      const prefix = folder === "" ? "" : `${folder}/`;
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split("/"));
      if (below.length === 0) return undefined;
      return below.map(([name = "", ...rest]) => ({ name, isFolder: rest.length > 0 }));
    },
  };
}

function composeOrRefuse({ files, name, overrides }: ComposeCase): string {
  const known = { env: { SET: "from the environment" }, now: new Date() };
  try {
    const parsed = overrides.map((override) => parseOverride(override));
    return dumpConfigYaml(resolveConfig(composeConfig(sourceOf(files), name, parsed, known), known));
  } catch (error) {
    expect(error).toHaveProperty("code");
    return "refused";
  }
}

function expectSame(cases: readonly ComposeCase[]): void {
  const theirs = askHydra("compose", cases).map((answer) => ("error" in answer ? "refused" : answer.answer));
  const named = (texts: readonly string[]): unknown[] => texts.map((text, at) => ({ ...cases[at], text }));
  expect(named(cases.map(composeOrRefuse))).toEqual(named(theirs));
}

test(
  "composes the configurations of a corpus to the bytes that DVC writes",
  () => {
    expectSame(COMPOSITIONS);
  },
  TIMEOUT_MS,
);

/** Random trees of two groups in two levels, with lists that name each other. */
const OPTION = fc.constantFrom("a", "b", "c");
const ITEM = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        "g",
        "h",
        "g/k",
        "/g",
        "/h",
        "optional g",
        "override /g",
        "override /h",
        "g@p",
        "h@_global_",
        "/h@_here_",
      ),
      fc.oneof(OPTION, fc.constantFrom("null", "[a, b]", "???", "${g}")),
    )
    .map(([group, option]) => `- ${group}: ${option}`),
  fc.constantFrom("- _self_", "- other", "- g/a", "- /h/b@q"),
);
const CONFIG = fc
  .tuple(
    fc.constantFrom("", "", "", "# @package _global_\n", "# @package z\n"),
    fc.array(ITEM, { maxLength: 3 }),
    fc.array(fc.constantFrom("x: 1", "y: {u: 2}", "g: {v: 3}", "l: [1]", "h: ${x}", "z: ???"), { maxLength: 3 }),
  )
  .map(([header, items, values]) => {
    const defaults = items.length === 0 ? "" : `defaults:\n${items.join("\n")}\n`;
    return `${header}${defaults}${[...new Set(values)].join("\n")}\n`;
  });
const LEAF = fc.constantFrom("v: 1\n", "v: {w: 2}\nx: 7\n", "# @package _global_\nx: 9\n", "y: {u: 5, t: ${.u}}\n", "");
const OVERRIDES = fc.array(
  fc.constantFrom(
    "g=b",
    "h=c",
    "+h=a",
    "~g",
    "g@p=c",
    "+x=5",
    "++x=6",
    "x=7",
    "g/k=b",
    "+g@r=a",
    "g=null",
    "~h=b",
    "+y.u=4",
    "g=[a,c]",
  ),
  { maxLength: 2 },
);

test(
  "composes random configurations as Hydra does",
  () => {
    const files = fc.record({
      "conf/config.yaml": CONFIG,
      "conf/other.yaml": LEAF,
      "conf/g/a.yaml": LEAF,
      "conf/g/b.yaml": CONFIG,
      "conf/g/c.yaml": LEAF,
      "conf/g/k/a.yaml": LEAF,
      "conf/g/k/b.yaml": LEAF,
      "conf/h/a.yaml": LEAF,
      "conf/h/b.yaml": LEAF,
      "conf/h/c.yaml": CONFIG,
    });
    const cases = fc.record({ files, name: fc.constant("config"), overrides: OVERRIDES });
    expectSame(fc.sample(cases, { numRuns: isLong ? 1500 : 120, seed: 11 }));
  },
  TIMEOUT_MS,
);

test(
  "writes text as OmegaConf writes it",
  () => {
    const words = fc.constantFrom(
      ...[
        "word",
        " ",
        "  ",
        "'",
        '"',
        "\\",
        ":",
        ": ",
        "#",
        " #",
        "-",
        "\n",
        "\n\n",
        "\t",
        "é",
        "日",
        "😀",
        "\u0007",
        "\u0085",
        "\u00a0",
        "{",
        "[",
        "1",
        "yes",
      ],
      ...["x".repeat(70), "?", "!", "%", "@", "&", "*", "---", "..."],
    );
    const texts = fc.sample(
      fc.array(words, { maxLength: 14 }).map((parts) => parts.join("")),
      { numRuns: isLong ? 5000 : 600, seed: 5 },
    );
    const all = [...new Set(texts)].filter((text) => text !== "value" && text !== "list");
    const theirs = askHydra("dump", all).map((answer) => ("error" in answer ? answer.error : answer.answer));
    const ours = all.map((text) =>
      dumpConfigYaml(
        fromPlain(
          new Map<string, unknown>([
            ["value", text],
            [text, 1],
            ["list", [text, [text, new Map([[text, text]])]]],
          ]),
        ),
      ),
    );
    expect(ours).toEqual(theirs);
  },
  TIMEOUT_MS,
);
