import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { GitRepository } from "./repository.ts";

/**
 * Tells for which files Git might store other bytes than the work tree holds: line ends, LFS and other filters,
 * encodings. Where nothing can ask for a conversion, a file is hashed here; elsewhere Git does it, so that a commit of
 * ours agrees with the user's own `git add`.
 */
export class ConversionCheck {
  readonly #repo: GitRepository;
  readonly #isStaged: (path: string) => boolean;
  #everywhere: boolean | undefined;
  readonly #folders = new Map<string, boolean>();

  /** @param isStaged - Whether a path is in the index: Git reads `.gitattributes` there when the work tree lacks it. */
  constructor(repo: GitRepository, isStaged: (path: string) => boolean) {
    this.#repo = repo;
    this.#isStaged = isStaged;
  }

  /** Forgets which folders have attributes; they are looked at again. */
  reset(): void {
    this.#folders.clear();
    this.#everywhere = undefined;
  }

  /** Tells whether the bytes of a file may change on their way into the repository. */
  mayConvert(path: string): boolean {
    this.#everywhere ??= this.#hasGlobalConversion();
    if (this.#everywhere) return true;
    const parts = path.split("/").slice(0, -1);
    return ["", ...parts.map((_, depth) => parts.slice(0, depth + 1).join("/"))].some((folder) =>
      this.#hasAttributes(folder),
    );
  }

  #hasAttributes(folder: string): boolean {
    let known = this.#folders.get(folder);
    if (known === undefined) {
      const file = folder === "" ? ".gitattributes" : `${folder}/.gitattributes`;
      known = existsSync(join(this.#repo.root, file)) || this.#isStaged(file);
      this.#folders.set(folder, known);
    }
    return known;
  }

  #hasGlobalConversion(): boolean {
    const { config, env, commonDir } = this.#repo;
    const autocrlf = (config.get("core.autocrlf") ?? "false").toLowerCase();
    if (!["false", "no", "off", "0", ""].includes(autocrlf)) return true;
    if (config.has("core.attributesfile") || config.has("attr.tree")) return true;
    const home = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
    return [
      join(home, "git", "attributes"),
      join(commonDir, "info", "attributes"),
      // Where builds of Git look for the attributes of the machine.
      "/etc/gitattributes",
      "/usr/local/etc/gitattributes",
      "/opt/homebrew/etc/gitattributes",
    ].some((path) => existsSync(path));
  }
}
