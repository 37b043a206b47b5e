import { IdentityMissingError, readIdentity, runGitSync } from "@waymark/git";
import type { Check, Finding } from "./finding.ts";

/** The oldest Git that has everything: `rev-parse --path-format` came with it. */
const OLDEST: readonly [number, number] = [2, 31];

/** Git's version, who commits, and what kind of repository this is. */
export const checkEnvironment: Check = ({ project: { repo } }) => {
  const findings: Finding[] = [];
  const version = runGitSync(repo, ["version"]).stdout.toString().trim();
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/u.exec(version) ?? [];
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    findings.push({
      check: "git-version",
      severity: "error",
      what: `This is ${version}.`,
      why: `Waymark needs Git ${OLDEST.join(".")} or newer.`,
      repair: "Install a newer Git.",
    });
  }
  if (repo.objectFormat !== "sha1") {
    findings.push({
      check: "object-format",
      severity: "error",
      what: `The repository uses ${repo.objectFormat} object ids.`,
      why: "Refs of experiments spell a commit id of 40 digits, as DVC made them.",
      repair: "Use a repository made with `git init --object-format=sha1`.",
    });
  }
  try {
    readIdentity(repo);
  } catch (error) {
    if (!(error instanceof IdentityMissingError)) throw error;
    findings.push({
      check: "identity",
      severity: "error",
      what: `${error.message}.`,
      why: "Experiments are commits, and commits need an author.",
      repair: error.hint ?? "",
    });
  }
  if (repo.isShallow) {
    findings.push({
      check: "shallow",
      severity: "note",
      what: "This is a shallow clone.",
      why: "Experiments of commits that are not here can be pulled, but not compared with where they started.",
      repair: "`git fetch --unshallow` brings the rest.",
    });
  }
  return findings;
};
