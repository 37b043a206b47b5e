import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CATALOG } from "../../packages/cli/src/catalog.ts";
import { BIN } from "../support/cli.ts";
import { emptyProject } from "../support/source-repo.ts";
import { runHere } from "../support/in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-completion-"));
const scripts = { bash: join(folder, "c.bash"), zsh: join(folder, "c.zsh"), fish: join(folder, "c.fish") };

function hasShell(name: string): boolean {
  if (spawnSync(name, ["-c", "true"]).status === 0) return true;
  process.stderr.write(`NOTICE: ${name} is not on this machine; its completion is only looked at as text.\n`);
  return false;
}

const has = { bash: hasShell("bash"), zsh: hasShell("zsh"), fish: hasShell("fish") };

beforeAll(async () => {
  for (const [shell, path] of Object.entries(scripts)) {
    const { code, stdout, stderr } = await runHere(folder, ["completion", "-s", shell]);
    if (code !== 0) throw new Error(stderr);
    writeFileSync(path, stdout);
  }
  symlinkSync(BIN, join(folder, "waymark"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runShell(name: "bash" | "fish" | "zsh", args: readonly string[], cwd = folder): string {
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder };
  return execFileSync(name, args, { cwd, env, encoding: "utf8" });
}

/** Completes a command line in bash; what it offers. */
function completeInBash(cwd: string, line: string): readonly string[] {
  const program = `source "$1"; COMP_WORDS=(\${2}); [[ $2 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _waymark; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = runShell("bash", ["--norc", "-c", program, "bash", scripts.bash, line], cwd);
  return output.split("\n").filter((word) => word !== "");
}

/** Completes a command line in fish; what it offers, descriptions left out. */
function completeInFish(cwd: string, line: string): readonly string[] {
  const program = `source $argv[1]; complete -C "$argv[2]"`;
  const output = runShell("fish", ["--no-config", "-c", program, scripts.fish, line], cwd);
  return output.split("\n").flatMap((text) => (text === "" ? [] : [text.split("\t")[0] ?? ""]));
}

const lines: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["waymark exp sa", ["save"]],
  ["waymark remot", ["remote"]],
  ["waymark exp l", ["list", "ls"]],
  ["waymark --cd /tmp remote def", ["default"]],
  ["waymark exp show --sort-o", ["--sort-order"]],
  ["waymark show --sort-o", ["--sort-order"]],
  ["waymark exp show --sort-order ", ["asc", "desc"]],
  ["waymark ls --si", ["--size"]],
  ["waymark config cache.t", ["cache.type"]],
  ["waymark completion -s z", ["zsh"]],
  ["waymark remote modify ", ["storage"]],
  ["waymark import-url --remote ", ["storage"]],
  ["waymark get read", ["readme.md"]],
];

describe("every command, option and choice can be completed", () => {
  test("in all three shells", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await runHere(folder, ["completion", "--shell", shell]);
      for (const { path, load } of CATALOG) {
        expect(stdout).toContain(path.at(-1));
        const { command } = await load();
        for (const { flags, choices, isHidden } of command.options) {
          if (isHidden === true) continue;
          const long = /--([\w-]+)/u.exec(flags)?.[1];
          if (long !== undefined) expect(stdout).toContain(long);
          if (choices !== undefined) expect(stdout).toContain(choices.join(" "));
        }
      }
    }
  });

  test("bash is what is printed without a name, as in DVC", async () => {
    const bash = (await runHere(folder, ["completion", "-s", "bash"])).stdout;
    expect((await runHere(folder, ["completion"])).stdout).toBe(bash);
    expect((await runHere(folder, ["completion", "-s", "tcsh"])).code).toBe(254);
  });
});

describe.runIf(has.bash)("bash", () => {
  test("offers what fits", async () => {
    const project = emptyProject();
    await runHere(project.root, ["remote", "add", "storage", "/data"]);
    for (const [line, words] of lines) expect([line, completeInBash(project.root, line)]).toEqual([line, words]);
    expect(completeInBash(project.root, "waymark nope ")).toEqual([]);
  });
});

describe.runIf(has.fish)("fish", () => {
  test("offers what fits", async () => {
    const project = emptyProject();
    await runHere(project.root, ["remote", "add", "storage", "/data"]);
    for (const [line, words] of lines) expect([line, completeInFish(project.root, line)]).toEqual([line, words]);
  });
});

describe.runIf(has.zsh)("zsh", () => {
  test("reads its script, and completes by it", () => {
    runShell("zsh", ["-n", scripts.zsh]);
    const program = `autoload -Uz compinit; compinit -u -D; source ${scripts.zsh}; print -r -- $_comps[waymark]`;
    expect(runShell("zsh", ["-f", "-c", program])).toBe("_waymark\n");
  });
});
