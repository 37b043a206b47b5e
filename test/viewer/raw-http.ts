import { connect } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SESSION_PATH } from "@waymark/viewer/protocol";
import { FakeRun, projectFolder } from "../support/live-folder.ts";
import { viewer } from "../support/viewer.ts";

/** The token of a {@link start}ed viewer. */
export const TOKEN = "a-token-of-the-test";
/** What lies beside the project, and must not leave. */
export const SECRET = "secret beside the project";
/** Headers of a request for a socket. */
export const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** What came back on a raw connection: the server closes it, or has answered in full. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends lines as they are, which no HTTP client would, and reads the answer. */
export async function send(port: number, lines: readonly string[], body = ""): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (): void => {
      socket.destroy();
      const [head = "", ...rest] = text.split("\r\n\r\n");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: rest.join("\r\n\r\n") });
    };
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      const end = text.indexOf("\r\n\r\n");
      if (
        end >= 0 &&
        (text.startsWith("HTTP/1.1 101") || text.length - end - 4 >= length || /^HTTP\/1\.1 (?:204|304)/.test(text))
      ) {
        finish();
      }
    });
    socket.on("close", finish);
    socket.on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  });
}

/** Starts a viewer of a project with a run and its images, secrets beside it, and the cookie of a page. */
export async function start(): Promise<{ root: string; run: FakeRun; port: number; url: string; cookie: string }> {
  const outer = projectFolder();
  const root = join(outer, "project");
  mkdirSync(root);
  writeFileSync(join(outer, "secret.png"), SECRET);
  writeFileSync(join(outer, "secret.json"), SECRET);
  const run = new FakeRun(root);
  run.status();
  run.write("plots/images/ok.png", "image bytes");
  run.write("plots/images/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
  const pageFolder = join(outer, "page");
  mkdirSync(join(pageFolder, "assets"), { recursive: true });
  writeFileSync(join(pageFolder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(pageFolder, "assets/app-1.js"), "export {};");
  const { port, url } = await viewer(root, { token: TOKEN, pageFolder });
  const session = await send(port, [
    `POST ${SESSION_PATH} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${TOKEN}`,
  ]);
  const cookie = /set-cookie: ([^;]+)/i.exec(session.head)?.[1] ?? "";
  return { root, run, port, url, cookie };
}
