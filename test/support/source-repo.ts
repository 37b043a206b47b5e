import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContentCache, initDvcFolder, trackSync } from "@waymark/store";
import { onTestFinished } from "vitest";
import { gitRepo, type GitRepo } from "./git-repo.ts";

/** A repository whose data others fetch. */
export interface SourceRepo {
  readonly repo: GitRepo;
  /** Its storage remote, a folder beside it. */
  readonly storage: string;
  /** Commit and tag `v1`, before the model changed. */
  readonly first: string;
  readonly second: string;
  /** Tracks what is at a path anew, and pushes it. */
  readonly track: (path: string) => void;
}

/**
 * Makes a repository with data in two commits: `data` (`train.csv`, `sub/x.txt`) and `deep/er/model.bin` are tracked and
 * pushed to its default remote; Git keeps `code/t.py`, which can be executed, `link.py`, which leads to it, and `top.txt`.
 */
export function sourceRepo(): SourceRepo {
  const repo = gitRepo({ "top.txt": "hi\n", "code/t.py": "print\n" });
  const storage = temporaryFolder("storage");
  initDvcFolder(repo.root);
  repo.write(".dvc/config", `[core]\n    remote = st\n['remote "st"']\n    url = ${storage}\n`);
  const env = { DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };
  const cache = ContentCache.open(repo.path(".dvc"), { env });
  const track = (path: string): void => {
    trackSync(cache, repo.path(path));
    cpSync(repo.path(".dvc/cache/files"), join(storage, "files"), { recursive: true, force: true });
  };
  repo.write("data/train.csv", "a,b\n");
  repo.write("data/sub/x.txt", "c\n");
  repo.write("deep/er/model.bin", "m\n");
  chmodSync(repo.path("code/t.py"), 0o755);
  symlinkSync("code/t.py", repo.path("link.py"));
  track("data");
  track("deep/er/model.bin");
  const first = repo.commitAll("one");
  repo.git("tag", "v1");
  repo.write("deep/er/model.bin", "m\nm2\n");
  track("deep/er/model.bin");
  return { repo, storage, first, second: repo.commitAll("two"), track };
}

/** Makes an empty project that is a Git repository. */
export function emptyProject(): GitRepo {
  const repo = gitRepo({ "readme.md": "empty\n" });
  initDvcFolder(repo.root);
  repo.commitAll("project");
  return repo;
}

/** Makes a folder that goes away with the test. */
export function temporaryFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `waymark-${name}-`)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
