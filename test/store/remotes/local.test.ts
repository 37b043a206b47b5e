import {
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRemote, pushObjects, type ObjectRemote } from "@waymark/store/remotes";
import { describeRemote, filledProject, testFolder } from "./contract.ts";

const open = async (url: string, folder = "/"): Promise<ObjectRemote> =>
  openRemote({ name: "disk", url, options: new Map(), folder }, {});

describe("a folder of this machine", () => {
  let root = "";
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "waymark-remote-")));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  describeRemote(async () => open(join(root, "not/there yet")));

  it("holds objects as DVC does: read-only, two digits to a folder", async () => {
    const { cache, names, folder } = filledProject(3);
    const remote = testFolder();
    await pushObjects(cache, await open(remote), names);
    const path = join(remote, "files/md5", folder.slice(0, 2), folder.slice(2));
    expect(statSync(path).mode & 0o777).toBe(0o444);
    expect(readdirSync(join(remote, "files/md5", folder.slice(0, 2)))).toEqual([folder.slice(2)]);
  });

  it("starts at the folder of the configuration when its path is relative", async () => {
    const { cache, names } = filledProject(1);
    const folder = testFolder();
    await pushObjects(cache, await open("../remote", join(folder, ".dvc")), names);
    expect(readdirSync(join(folder, "remote"))).toEqual(["files"]);
  });

  it("clears away what a push left that ended a day ago, and nothing younger", async () => {
    const { cache, names, folder } = filledProject(20);
    const place = testFolder();
    const remote = await open(place);
    await pushObjects(cache, remote, names);
    const prefix = join(place, "files/md5", folder.slice(0, 2));
    const [old, young] = [join(prefix, ".AbandonedAbandoned.tmp"), join(prefix, ".BeingWrittenNow.tmp")] as const;
    for (const path of [old, young]) writeFileSync(path, "half");
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(old, yesterday, yesterday);
    const listed: string[] = [];
    for await (const name of remote.listAll()) listed.push(name);
    expect(listed.toSorted()).toEqual(names.toSorted());
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});
