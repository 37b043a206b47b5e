// Pushes or pulls all experiments of the repository it is started in through the library.
import { openProject, pullExperiments, pushExperiments, selectExperiments } from "@waymark/experiments";

/** @type {{ verb: "push" | "pull" }} */
const { verb } = JSON.parse(process.argv[2] ?? "{}");
const HUB = "../hub.git";

const VERBS = {
  async push() {
    const project = openProject(process.cwd());
    const experiments = await selectExperiments(project, { baselines: { allCommits: true } });
    await pushExperiments(project, HUB, experiments);
  },
  async pull() {
    await pullExperiments(openProject(process.cwd()), HUB, { baselines: { allCommits: true } });
  },
};

const started = performance.now();
await VERBS[verb]();
process.stdout.write(JSON.stringify({ ms: performance.now() - started }));
