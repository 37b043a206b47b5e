import { expect, it } from "vitest";
import { gitRepo, GIT_TEST_ENV } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { page, viewer } from "../support/viewer.ts";

/** Logs as DVCLive does, which knows nothing of runs, and waits to be let go. */
const TRAIN = `
mkdir -p dvclive/plots/metrics
printf 'step\\tloss\\n0\\t3\\n' > dvclive/plots/metrics/loss.tsv
echo '{"loss": 3, "step": 0}' > dvclive/metrics.json
echo "epoch 0"
while [ ! -e "$GO" ]; do sleep 0.05; done
printf '1\\t2\\n' >> dvclive/plots/metrics/loss.tsv
echo "epoch 1"
`;

it("a run beside the workspace is seen while it goes on: in the table, in JSON, and on the page with its log", async () => {
  const repo = gitRepo({
    "train.sh": TRAIN,
    "dvc.yaml": "metrics:\n- dvclive/metrics.json\n",
    ".dvc/config": "",
    ".dvc/.gitignore": "/tmp\n",
  });
  const { url } = await viewer(repo.root, { env: GIT_TEST_ENV });
  const client = await page(url);
  const env = { GO: repo.path("go") };
  const running = runHere(repo.root, ["exp", "run", "--temp", "-n", "aside", "--", "sh", "train.sh"], env);
  await client.until(() => [...client.runs.values()].some(({ metrics }) => metrics.length === 1));
  const [row] = [...client.runs.values()].filter(({ name }) => name === "aside");
  expect(row).toMatchObject({ state: "running", log: { kind: "temp", title: "sh train.sh", isLive: true } });
  client.send({ type: "follow-log", id: 1, run: row?.id ?? "" });
  await client.until(() =>
    client.messages.some((message) => message.type === "log" && message.text.includes("epoch 0")),
  );

  const shown = (await runHere(repo.root, ["exp", "show", "--no-pager"])).stdout;
  expect(shown).toMatch(/aside .* running +tempdir +3/u);
  const json = JSON.parse((await runHere(repo.root, ["exp", "show", "--json"])).stdout) as readonly unknown[];
  expect(json[1]).toMatchObject({
    experiments: [{ name: "aside", executor: { state: "running", name: "tempdir", local: { pid: process.pid } } }],
  });

  repo.write("go", "");
  expect((await running).code).toBe(0);
  await client.until(() => [...client.runs.keys()].some((id) => id.startsWith("exp:")));
  await client.until(() => client.runs.size === 1);
  const [ended] = client.runs.values();
  expect(ended).toMatchObject({ name: "aside", kind: "experiment", log: { isLive: false } });
  expect((await runHere(repo.root, ["exp", "show", "--no-pager"])).stdout).not.toContain("running");
});
