import { connect } from "node:net";
import fc from "fast-check";
import { WebSocket } from "ws";
import { SOCKET_PATH, SUBPROTOCOL } from "@waymark/viewer/protocol";
import { describe, expect, it } from "vitest";
import { page } from "../support/viewer.ts";
import { send, start, TOKEN, UPGRADE } from "./raw-http.ts";

describe("F5: peers that do not keep to the rules", () => {
  it("closes a socket that sends 100 MB, and serves the others on", async () => {
    const { port, url } = await start();
    const good = await page(url);
    const bad = new WebSocket(`ws://127.0.0.1:${port}${SOCKET_PATH}`, [SUBPROTOCOL, `token.${TOKEN}`]);
    const closed = new Promise<number>((resolve) => bad.on("close", resolve));
    bad.on("error", () => undefined);
    await new Promise((resolve) => bad.on("open", resolve));
    bad.send(Buffer.alloc(100 * 1024 * 1024));
    expect([1006, 1009]).toContain(await closed);
    good.send({ type: "ping", sentMs: 7 });
    await good.until(() => good.messages.some((message) => message.type === "pong" && message.sentMs === 7));
  });

  it("survives frames made of noise, while another page's stream stays complete", async () => {
    const { run, port, url } = await start();
    run.log("loss", [[0, 0]]);
    const good = await page(url);
    const chart = good.subscribe(1, { lines: [{ run: "live:live", metric: "loss" }] });
    await good.until(() => chart.layer(0).x.length === 1);
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      // A masked text frame whose payload is not UTF-8, has reserved bits set, claims to be huge, or never ends.
      fc.constantFrom(
        Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]),
        Buffer.from([0xf1, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
        Buffer.from([0x81, 0x02, 0x68, 0x69]),
        Buffer.from([0x01, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
        Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]),
      ),
    );
    const lines = [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...UPGRADE,
      `Authorization: Bearer ${TOKEN}`,
    ];
    let step = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 8 }), async (chunks) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.on("data", () => undefined);
        socket.write(`${lines.join("\r\n")}\r\n\r\n`);
        for (const chunk of chunks) socket.write(chunk);
        const ended = new Promise((resolve) => socket.on("close", resolve));
        socket.end();
        await ended;
        step++;
        run.log("loss", [[step, step]]);
      }),
      { numRuns: 150, seed: 20_260_102 },
    );
    run.step(step);
    await good.until(() => chart.layer(0).x.at(-1) === step);
    expect(chart.layer(0).x).toEqual(Array.from({ length: step + 1 }, (_, i) => i));
  });

  it("answers messages that make no sense, and ends pages that talk too much or never greet", async () => {
    const { port, url } = await start();
    const client = await page(url);
    const nonsense = [
      "",
      "null",
      "[]",
      "{}",
      '{"type":"subscribe"}',
      '{"type":"ack","id":-1,"seq":1}',
      '{"type":"__proto__"}',
      "x".repeat(60_000),
    ];
    for (const text of nonsense) client.socket.send(text);
    await client.until(() => client.messages.filter(({ type }) => type === "error").length === nonsense.length);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.ended()).toMatchObject({ code: 1003 });

    const flood = await page(url);
    for (let i = 0; i < 5000; i++) flood.send({ type: "ping", sentMs: i });
    expect(await flood.ended()).toMatchObject({ code: 1008 });

    const rude = new WebSocket(`ws://127.0.0.1:${port}${SOCKET_PATH}`, [SUBPROTOCOL, `token.${TOKEN}`]);
    const closed = new Promise<number>((resolve) => rude.on("close", resolve));
    await new Promise((resolve) => rude.on("open", resolve));
    rude.send(JSON.stringify({ type: "visibility", visible: true }));
    expect(await closed).toBe(1008);
  });

  it("bounds how many pages connect at once", async () => {
    const { port, url } = await start();
    for (let i = 0; i < 32; i++) await page(url);
    const lines = [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...UPGRADE,
      `Authorization: Bearer ${TOKEN}`,
    ];
    expect((await send(port, lines)).status).toBe(503);
  });

  it("answers malformed HTTP with a bare refusal", async () => {
    const { port } = await start();
    const host = `Host: 127.0.0.1:${port}`;
    expect((await send(port, ["GARBAGE"])).status).toBe(400);
    expect((await send(port, ["GET / HTTP/1.1", host, `X: ${"a".repeat(40_000)}`])).status).toBe(400);
    expect(
      (await send(port, ["GET / HTTP/1.1", host, ...Array.from({ length: 3000 }, (_, i) => `H${i}: x`)])).status,
    ).toBe(400);
    expect((await send(port, ["GET / HTTP/1.1", host, "Transfer-Encoding: chunked", "Content-Length: 5"])).status).toBe(
      400,
    );
  });
});
