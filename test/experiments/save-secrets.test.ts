import { SecretsFoundError } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { saveHere } from "./support.ts";

/** Put together here, so that no file of this repository looks like a credential itself. */
const FAKE = {
  awsKey: `AKIA${"Q3EG".repeat(4)}`,
  github: `ghp_${"a1B2".repeat(9)}`,
  pem: ["-----BEGIN RSA", "PRIVATE KEY-----"].join(" "),
  studio: `isat_${"x".repeat(40)}`,
};

async function refused(repo: GitRepo, include: readonly string[]): Promise<SecretsFoundError> {
  const error: unknown = await saveHere(repo, { include: include.map((path) => repo.path(path)) }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SecretsFoundError)) throw new Error(`not refused: ${String(error)}`);
  expect(repo.git("for-each-ref", "refs/exps")).toBe("");
  return error;
}

describe("an untracked file to include", () => {
  test.each([
    ["a private key", FAKE.pem],
    ["an AWS access key id", `key = "${FAKE.awsKey}"`],
    ["a GitHub token", `url: https://${FAKE.github}@github.com/a/b`],
    ["an AWS secret access key", `aws_secret_access_key = ${"aB3/".repeat(10)}`],
    ["a DVC Studio token", FAKE.studio],
    ["a Hugging Face token", `hf_${"Ab".repeat(17)}`],
    ["an OpenAI key", `sk-proj-${"a-B_3".repeat(10)}`],
  ])("that holds %s is refused by file and line, and what it says is not repeated", async (kind, secret) => {
    const repo = gitRepo();
    repo.write("settings.ini", `# mine\n\n${secret}\n`);
    const error = await refused(repo, ["settings.ini"]);
    expect(error.message).toContain(`settings.ini:3: looks like ${kind}`);
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.secrets)}`).not.toContain(secret);
  });

  test.each([".env", "deploy/id_rsa", "service-account.json", "server.pem", ".aws/config"])(
    "that is named %s is refused by its name, also in a folder",
    async (path) => {
      const repo = gitRepo();
      repo.write(`more/${path}`, "x\n");
      const error = await refused(repo, ["more"]);
      expect(error.secrets).toEqual([{ path: `more/${path}`, line: undefined, kind: "credentials, by its name" }]);
    },
  );

  test("is found in UTF-16 as well, and is not looked for in data and behind the first megabyte", async () => {
    const repo = gitRepo();
    repo.write("wide.ini", Buffer.from(`\ufeff[a]\r\n${FAKE.awsKey}\r\n`, "utf16le"));
    repo.write("weights.bin", Buffer.concat([Buffer.alloc(10), Buffer.from(FAKE.awsKey)]));
    repo.write("long.csv", `${"1,2,3\n".repeat(200_000)}${FAKE.awsKey}\n`);
    const error = await refused(repo, ["wide.ini", "weights.bin", "long.csv"]);
    expect(error.secrets.map(({ path, line }) => [path, line])).toEqual([["wide.ini", 2]]);
  });

  test("may be saved when the user says so", async () => {
    const repo = gitRepo();
    repo.write(".env", `KEY=${FAKE.awsKey}\n`);
    const { commit } = await saveHere(repo, { include: [repo.path(".env")], allowsSecrets: true });
    expect(Object.keys(repo.files(commit))).toContain(".env");
  });

  test("is not refused for words that every example has", async () => {
    const repo = gitRepo();
    repo.write("notes.md", "password: hunter2\nAKIAIOSFODNN7EXAMPLE\ntoken = os.environ['GITHUB_TOKEN']\nsk-learn\n");
    repo.write(".env.example", "KEY=\n");
    const { leftOut } = await saveHere(repo, { include: [repo.path("notes.md"), repo.path(".env.example")] });
    expect(leftOut).toEqual([]);
  });
});

test("what dvc.yaml lists, and what is new of DVC's settings, is looked at, too", async () => {
  const repo = gitRepo();
  repo.write("dvc.yaml", "params:\n- secrets.yaml\nmetrics:\n- out.json\n");
  repo.write("secrets.yaml", "token: 1\n");
  repo.write("out.json", `{"k": "${FAKE.github}"}\n`);
  repo.write(".dvc/config", "['remote \"a\"']\n    url = s3://b\n    secret_access_key = hunter2\n");
  const { secrets } = await refused(repo, []);
  expect(secrets.map(({ path, line }) => [path, line])).toEqual([
    [".dvc/config", 3],
    ["secrets.yaml", undefined],
    ["out.json", 1],
  ]);
});

test("what Git tracks already, or was staged, is the user's decision", async () => {
  const repo = gitRepo({ ".env": "a\n" });
  repo.write(".env", `${FAKE.awsKey}\n`);
  repo.write("id_rsa", `${FAKE.pem}\n`);
  repo.git("add", "id_rsa");
  const { commit } = await saveHere(repo, { include: [repo.path("id_rsa")] });
  expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining([".env", "id_rsa"]));
});

test("the command names the file, keeps the secret, fails with DVC's code, and has a way on", async () => {
  const repo = gitRepo();
  repo.write("run.sh", `export AWS_ACCESS_KEY_ID=${FAKE.awsKey}\n`);
  const answer = await runHere(repo.root, ["exp", "save", "-I", "run.sh"]);
  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain("run.sh:1: looks like an AWS access key id");
  expect(answer.stderr).toContain("--allow-secrets");
  expect(answer.stderr).not.toContain(FAKE.awsKey);
  const forced = await runHere(repo.root, ["exp", "save", "-I", "run.sh", "--allow-secrets", "-n", "mine"]);
  expect([forced.code, forced.stdout]).toEqual([0, "Experiment has been saved as: mine\n"]);
});
