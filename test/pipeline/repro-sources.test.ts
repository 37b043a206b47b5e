import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseDvcLock } from "@waymark/core";
import { importUrl, openDvcProject } from "@waymark/pipeline";
import { describe, expect, onTestFinished, test } from "vitest";
import { DATA_ENV } from "./data-project.ts";
import { pipelineRepo, repro, reproOk } from "./repro-project.ts";

/** A web server with one file, whose ETag goes with its content. */
async function webServer(): Promise<{ url: string; put: (content: string | undefined) => void }> {
  let content: string | undefined = "one\n";
  const server = createServer((request, response) => {
    if (content === undefined || request.url !== "/data.txt") return void response.writeHead(404).end();
    response.writeHead(200, { etag: `"${content.trim()}"`, "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/data.txt`, put: (next) => (content = next) };
}

describe("a dependency at a URL", () => {
  test("is recorded by what the server says of it, and runs the stage when that changes", async () => {
    const { url, put } = await webServer();
    const repo = pipelineRepo(`stages:\n  a: {cmd: date +%N > o, deps: ["${url}"], outs: [o]}\n`);
    await reproOk(repo);
    expect(parseDvcLock(repo.read("dvc.lock")).stages["a"]?.deps).toEqual([
      { path: url, hash: "md5", checksum: '"one"', size: 4 },
    ]);
    expect((await reproOk(repo)).stages).toEqual([]);
    put("two\n");
    expect((await reproOk(repo)).stages).toEqual(["a"]);
    expect((await reproOk(repo)).stages).toEqual([]);
  });

  test("that is gone is an error before the command", async () => {
    const { url, put } = await webServer();
    const repo = pipelineRepo(`stages:\n  a: {cmd: touch ran o, deps: ["${url}"], outs: [o]}\n`);
    put(undefined);
    expect((await repro(repo)).error?.cause).toMatchObject({ code: "MISSING_DEPENDENCY" });
    expect(repo.has("ran")).toBe(false);
  });
});

describe("an import", () => {
  test("that is frozen is looked at as it is, one that is not brings what is new", async () => {
    const { url, put } = await webServer();
    const repo = pipelineRepo("stages:\n  a: {cmd: cp data.txt o, deps: [data.txt], outs: [o]}\n");
    await importUrl(openDvcProject(repo.root, DATA_ENV), url, {});
    await reproOk(repo);
    put("two\n");
    expect((await reproOk(repo)).stages).toEqual([]);
    repo.write("data.txt.dvc", repo.read("data.txt.dvc").replace("frozen: true\n", ""));
    const { stages, events } = await reproOk(repo);
    expect(stages).toEqual(["data.txt.dvc", "a"]);
    expect(events[0]).toBe("data.txt.dvc: importing");
    expect([repo.read("data.txt"), repo.read("o")]).toEqual(["two\n", "two\n"]);
    expect((await reproOk(repo)).stages).toEqual([]);
  });
});

describe("a frozen stage", () => {
  test("records its outputs as they are, and says what is missing", async () => {
    const text = "stages:\n  a: {cmd: cp in.txt o, deps: [in.txt], outs: [o], frozen: true}\n";
    const repo = pipelineRepo(text.replace(", frozen: true", ""), { "in.txt": "one\n" });
    await reproOk(repo);
    repo.write("dvc.yaml", text);
    repo.write("o", "by hand\n");
    expect((await reproOk(repo)).events).toEqual(["a: frozen", "a: verifying"]);
    expect(repo.read("o")).toBe("by hand\n");
    expect((await reproOk(repo)).stages).toEqual([]);
    repo.remove("o");
    expect((await repro(repo)).error?.cause).toMatchObject({ code: "MISSING_OUTPUT" });
  });
});
