import { expect, it, onTestFinished } from "vitest";
import { fetchObjects, openRemote, pushObjects } from "@waymark/store/remotes";
import { startSmallS3 } from "../../support/servers/small-s3.ts";
import { dvcProject } from "../folder.ts";
import { filledProject } from "./contract.ts";

it("an S3 remote that holds little is known after one request, and each object takes one", async () => {
  const server = await startSmallS3();
  onTestFinished(async () => server.stop());
  const options = new Map([["endpointurl", server.url]]);
  const remote = await openRemote({ name: "cloud", url: "s3://bucket/x", options, folder: "/" }, server.env);
  onTestFinished(async () => remote.close());
  const { cache, names } = filledProject(60);
  const asked = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = server.requests.length;
    await work();
    return server.requests.slice(before).map(({ method, path }) => (/^\/bucket\/?$/.test(path) ? "list" : method));
  };
  const pushed = await asked(async () => pushObjects(cache, remote, names));
  // The list of the folder, by itself; then the files of it that might be there.
  expect(pushed.filter((what) => what !== "PUT")).toEqual(["HEAD", "list"]);
  expect(pushed.length).toBe(names.length + 2);
  expect(await asked(async () => pushObjects(cache, remote, names))).toEqual(["HEAD"]);
  expect(await asked(async () => fetchObjects(dvcProject().cache, remote, names))).toEqual(names.map(() => "GET"));
  const unknown = Array.from({ length: 40 }, (_, at) => at.toString(16).padStart(32, "0"));
  expect(await remote.has([...names, ...unknown])).toEqual(new Set(names));
});
