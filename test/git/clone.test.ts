import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CloneError, cloneRepository, findRevision, writeBlobToFile } from "@waymark/git";
import { GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";
import { temporaryFolder } from "../support/source-repo.ts";

const options = { env: GIT_TEST_ENV };

test("a clone has the history and none of the files", async () => {
  const repo = gitRepo({ "a.txt": "a\n", ".gitattributes": "* filter=evil\n" });
  const folder = join(temporaryFolder("clone"), "repo");
  const clone = await cloneRepository(repo.root, folder, options);
  expect(readdirSync(folder)).toEqual([".git"]);
  expect(findRevision(clone, "HEAD")).toBe(repo.head());
});

test("a branch or tag comes without the history before it", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const first = repo.head();
  repo.write("a.txt", "b\n");
  repo.commitAll("two");
  repo.git("tag", "v2");
  const clone = await cloneRepository(`file://${repo.root}`, join(temporaryFolder("clone"), "repo"), {
    ...options,
    branch: "v2",
  });
  expect(findRevision(clone, "v2")).toBe(repo.head());
  expect(findRevision(clone, first)).toBeUndefined();
});

test("nothing of the user's templates or the repository's hooks runs", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const folder = temporaryFolder("clone");
  const witness = join(folder, "ran");
  const template = temporaryFolder("template");
  const script = `#!/bin/sh\ntouch ${witness}\n`;
  repo.write(".git/hooks/post-checkout", script);
  repo.git("config", "core.fsmonitor", `touch ${witness}`);
  writeFileSync(join(template, "post-checkout"), script, { mode: 0o755 });
  await cloneRepository(repo.root, join(folder, "repo"), { env: { ...GIT_TEST_ENV, GIT_TEMPLATE_DIR: template } });
  expect(existsSync(witness)).toBe(false);
});

test("an address that runs a command is refused", async () => {
  const folder = temporaryFolder("clone");
  const witness = join(folder, "ran");
  await expect(cloneRepository(`ext::sh -c "touch ${witness}"`, join(folder, "repo"), options)).rejects.toThrow(
    CloneError,
  );
  await expect(cloneRepository(`--upload-pack=touch ${witness}`, join(folder, "repo"), options)).rejects.toThrow(
    CloneError,
  );
  expect(existsSync(witness)).toBe(false);
});

test("a failure names the address without its password, and why", async () => {
  const folder = join(temporaryFolder("clone"), "repo");
  const error: unknown = await cloneRepository("http://ada:secret@127.0.0.1:9/x.git", folder, options).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "CLONE_FAILED", url: "http://ada:***@127.0.0.1:9/x.git" });
  expect(String(error)).not.toContain("secret");
  await expect(cloneRepository("/nonexistent/repo", folder, options)).rejects.toThrow(
    "Cannot clone '/nonexistent/repo': fatal: repository '/nonexistent/repo' does not exist",
  );
});

test("a clone that is no longer wanted ends", async () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const controller = new AbortController();
  const cloning = cloneRepository(repo.root, join(temporaryFolder("clone"), "repo"), {
    ...options,
    signal: controller.signal,
  });
  controller.abort(new Error("enough"));
  await expect(cloning).rejects.toThrow("enough");
});

test("a blob is written as it is, and never over a file", async () => {
  const repo = gitRepo({ "a.txt": "a\r\nb\n" });
  const clone = await cloneRepository(repo.root, join(temporaryFolder("clone"), "repo"), options);
  const target = join(temporaryFolder("blob"), "a.txt");
  const id = repo.git("rev-parse", "HEAD:a.txt");
  await writeBlobToFile(clone, id, target);
  expect(readFileSync(target, "utf8")).toBe("a\r\nb\n");
  await expect(writeBlobToFile(clone, id, target)).rejects.toThrow("EEXIST");
  await expect(writeBlobToFile(clone, "0".repeat(40), `${target}2`)).rejects.toThrow("git cat-file");
});
