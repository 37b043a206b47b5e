import { afterAll, beforeAll, expect } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { type Answer, runHere } from "../../support/in-process.ts";
import { DvcServer } from "../dvc-server.ts";

/** The real DVC and our command, side by side. */
export interface Both {
  /** Runs the real DVC, which is to succeed; its standard output. */
  readonly dvc: (repo: GitRepo, ...args: readonly string[]) => Promise<string>;
  /** Runs our command, which is to succeed; its standard output. */
  readonly ours: (repo: GitRepo, ...args: readonly string[]) => Promise<string>;
  /** Runs both, which are to print the very same text; that text. */
  readonly expectSame: (repo: GitRepo, ...args: readonly string[]) => Promise<string>;
  /** Runs both; their answers. */
  readonly answers: (repo: GitRepo, ...args: readonly string[]) => Promise<{ theirs: Answer; mine: Answer }>;
  /** Where both run, relative to the repository. */
  cwd: string;
}

/** Starts the real DVC for the tests of a file. */
export function startBoth(): Both {
  let server: DvcServer | undefined;
  beforeAll(() => {
    server = new DvcServer();
  });
  afterAll(() => server?.close());
  const askDvc = async (repo: GitRepo, args: readonly string[]): Promise<Answer> => {
    if (server === undefined) throw new Error("DVC runs during tests only");
    return server.run(repo.path(both.cwd), ...args);
  };
  const askOurs = async (repo: GitRepo, args: readonly string[]): Promise<Answer> => runHere(repo.path(both.cwd), args);
  const both: Both = {
    cwd: "",
    dvc: async (repo, ...args) => succeeded("dvc", args, await askDvc(repo, args)),
    ours: async (repo, ...args) => succeeded("waymark", args, await askOurs(repo, args)),
    expectSame: async (repo, ...args) => {
      const theirs = await both.dvc(repo, ...args);
      const mine = await both.ours(repo, ...args);
      expect(mine, args.join(" ")).toBe(theirs);
      return mine;
    },
    answers: async (repo, ...args) => ({ theirs: await askDvc(repo, args), mine: await askOurs(repo, args) }),
  };
  return both;
}

function succeeded(program: string, args: readonly string[], { code, stdout, stderr }: Answer): string {
  expect(code, `${program} ${args.join(" ")}: ${stderr}`).toBe(0);
  return stdout;
}

/** One state of `exp show --json`, as far as tests look at it. */
export interface ShownState {
  readonly rev: string;
  readonly data: { readonly params: unknown; readonly metrics: unknown } | null;
  readonly error: { readonly msg: string; readonly type: string } | null;
  readonly experiments: readonly ShownRange[] | null;
}

/** One experiment of `exp show --json`. */
export interface ShownRange {
  readonly name: string;
  readonly executor: unknown;
  readonly revs: readonly ShownState[];
}

/**
 * Compares `exp show --json --param-deps`. DVC leaves baselines whole, and only filters experiments below them; ours
 * filters both. Everything else is the same.
 */
export async function expectSameParamDeps(both: Both, repo: GitRepo, ...flags: readonly string[]): Promise<void> {
  const args = ["exp", "show", "--json", "--param-deps", ...flags];
  const [theirs, mine] = [await both.dvc(repo, ...args), await both.ours(repo, ...args)];
  expect(withoutBaselineParams(mine), flags.join(" ")).toEqual(withoutBaselineParams(theirs));
}

function withoutBaselineParams(text: string): unknown {
  // Python writes numbers that JSON does not have.
  const states = JSON.parse(
    text.replaceAll(": NaN", ': "NaN"').replaceAll("Infinity", "1e999"),
  ) as readonly ShownState[];
  return states.map((state) =>
    state.rev === "workspace" || state.data === null ? state : { ...state, data: { ...state.data, params: "…" } },
  );
}
