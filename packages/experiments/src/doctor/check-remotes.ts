import { TrackerError } from "@waymark/core";
import { listRemotes } from "@waymark/git";
import { readConfig, remoteConfig } from "@waymark/store";
import { openRemote } from "@waymark/store/remotes";
import { listRemoteExperiments } from "../share/list-remote.ts";
import type { Check, Finding } from "./finding.ts";

/** Nothing has this hash: the question is whether there is an answer. */
const NOTHING = "0".repeat(32);

/** Whether remotes answer, Git's and those of data. Only where the user asks for it. */
export const checkRemotes: Check = async ({ project: { repo }, dvc, withNetwork, signal }) => {
  if (!withNetwork) return [];
  const findings: Finding[] = [];
  for (const name of listRemotes(repo)) {
    const error = await attempt(async () => listRemoteExperiments(repo, name, { signal }));
    if (error !== undefined) findings.push(unreachable("Git remote", name, error));
  }
  if (dvc === undefined) return findings;
  const config = readConfig(dvc.dvcDir, dvc.env);
  for (const name of config.remoteNames) {
    const error = await attempt(async () => {
      const remote = await openRemote(remoteConfig(config, name), dvc.env);
      try {
        await remote.has([NOTHING], { signal });
      } finally {
        await remote.close();
      }
    });
    if (error !== undefined) findings.push(unreachable("data remote", name, error));
  }
  return findings;
};

async function attempt(work: () => Promise<unknown>): Promise<TrackerError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TrackerError) return error;
    throw error;
  }
}

function unreachable(kind: string, name: string, error: TrackerError): Finding {
  return {
    check: "unreachable-remote",
    severity: "error",
    what: `The ${kind} '${name}' does not answer.`,
    why: `${error.message}.`,
    repair: error.hint ?? "Check its address and your network.",
  };
}
