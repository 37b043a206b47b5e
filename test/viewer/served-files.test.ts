import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { MEDIA_PATH, mediaUrl } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { send, start } from "./raw-http.ts";

describe("S3: which files leave the project", () => {
  it("serves only what the catalog lists, whatever a path looks like", async () => {
    const { root, run, port, cookie } = await start();
    const outside = join(root, "..");
    symlinkSync(join(outside, "secret.png"), join(run.path, "plots/images/link.png"));
    symlinkSync(outside, join(run.path, "plots/images/folder"));
    const steps = [
      "..",
      "%2e%2e",
      "..%2f",
      "%252e%252e",
      "..\\",
      "..%5c",
      "....//",
      "%c0%ae%c0%ae",
      ".",
      "",
      "\0",
      "%00",
    ];
    const ends = ["secret.png", "secret.json", "etc/passwd", "proc/self/environ", "secret.png\0.png", "secret.png%00"];
    const paths = new Set<string>();
    for (const step of steps) {
      for (const depth of [1, 2, 3, 4, 7]) {
        for (const end of ends) {
          paths.add(`${`${step}/`.repeat(depth)}${end}`);
          paths.add(`plots/images/${`${step}/`.repeat(depth)}${end}`);
        }
      }
    }
    for (const path of ["link.png", "folder/secret.png", "folder/../ok.png"]) paths.add(`plots/images/${path}`);
    for (const path of [
      "/etc/passwd",
      "C:\\secret.png",
      "file:///etc/passwd",
      "plots/metrics/loss.tsv",
      ".waymark/run.json",
    ]) {
      paths.add(path);
    }
    expect(paths.size).toBeGreaterThan(500);
    const leaks: string[] = [];
    const host = `Host: 127.0.0.1:${port}`;
    const ask = async (target: string): Promise<void> => {
      const { status, body } = await send(port, [`GET ${target} HTTP/1.1`, host, `Cookie: ${cookie}`]);
      if (status === 200 || body !== "") leaks.push(`${target}: ${status}`);
    };
    for (const path of paths) {
      await ask(mediaUrl("live:live", path, "1"));
      const raw = path.replaceAll(/[\0 ]/g, "");
      await ask(`${MEDIA_PATH}?run=live:live&path=${raw}`);
      if (!raw.startsWith("/") || raw !== "/") await ask(`/${raw}`.replace(/^\/+$/, "/x"));
    }
    for (const run_ of ["live:../live", "live:.", "live:..", "exp:x", "", "__proto__", "live:live/../../"]) {
      await ask(mediaUrl(run_, "plots/images/ok.png", "1"));
    }
    expect(leaks).toEqual([]);
  });

  it("does not follow a link that took the place of a listed file or folder", async () => {
    const { root, run, port, cookie } = await start();
    run.write("plots/images/samples/1.png", "frame");
    const listed = mediaUrl("live:live", "plots/images/ok.png", "2");
    const lines = [`GET ${listed} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Cookie: ${cookie}`];
    expect((await send(port, lines)).status).toBe(200);
    rmSync(join(run.path, "plots/images/ok.png"));
    symlinkSync(join(root, "../secret.png"), join(run.path, "plots/images/ok.png"));
    expect((await send(port, lines)).status).toBe(404);
  });
});
