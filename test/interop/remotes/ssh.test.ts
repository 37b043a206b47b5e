import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hashBytes } from "@waymark/store";
import { HostKeyError, openRemote, openUrl, RemoteAccessError, type ObjectRemote } from "@waymark/store/remotes";
import { startCuttingProxy } from "../../support/servers/cutting-proxy.ts";
import { noticeMissing } from "../../support/servers/server.ts";
import { hasSshd, startSshd, type SshServer } from "../../support/servers/sshd.ts";
import { describeRemote, testFolder } from "../../store/remotes/contract.ts";

if (!hasSshd) noticeMissing("OpenSSH's server", "On Debian: `apt-get install openssh-server`.");

describe.runIf(hasSshd)("an SSH server", () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => server.stop());

  const open = async (
    options: Readonly<Record<string, string>> = {},
    env: Readonly<Record<string, string>> = {},
    port = server.port,
  ): Promise<ObjectRemote> => {
    const url = `ssh://${server.user}@127.0.0.1:${port}${server.data}/store`;
    const config = { name: "far", url, options: new Map(Object.entries(options)), folder: "/" };
    const remote = await openRemote(config, { HOME: server.home, ...env });
    onTestFinished(async () => remote.close());
    return remote;
  };
  const anotherHome = (knownHosts: string, config = ""): string => {
    const home = testFolder();
    const folder = join(home, ".ssh");
    for (const [name, text] of [
      ["known_hosts", knownHosts],
      ["config", config],
    ] as const)
      writeIn(folder, name, text);
    return home;
  };

  describeRemote(async () => open());

  it("is not trusted when its key is unknown, or another than it was", async () => {
    const keyfile = join(server.home, ".ssh/id_ed25519");
    const unknown = await open({ keyfile }, { HOME: anotherHome("") });
    const refusal = unknown.has(["0".repeat(32)]);
    await expect(refusal).rejects.toBeInstanceOf(HostKeyError);
    await expect(refusal).rejects.toThrow(/known_hosts has no key of it/);
    const other = readFileSync(join(server.home, ".ssh/id_ed25519.pub"), "utf8").split(" ").slice(0, 2).join(" ");
    const changed = await open({ keyfile }, { HOME: anotherHome(`[127.0.0.1]:${server.port} ${other}\n`) });
    await expect(changed.has(["0".repeat(32)])).rejects.toThrow(/has another key/);
  });

  it("is trusted by the rules of ~/.ssh/config, and remembered where these say so", async () => {
    const keyfile = join(server.home, ".ssh/id_ed25519");
    const home = anotherHome("", `Host 127.*\n  StrictHostKeyChecking accept-new\n  IdentityFile ${keyfile}\n`);
    expect(await (await open({}, { HOME: home })).has(["0".repeat(32)])).toEqual(new Set());
    expect(readFileSync(join(home, ".ssh/known_hosts"), "utf8")).toMatch(
      new RegExp(`^\\[127.0.0.1\\]:${server.port} `),
    );
  });

  it("is found by the names, ports, users and ways of ~/.ssh/config", async () => {
    const knownHosts = readFileSync(join(server.home, ".ssh/known_hosts"), "utf8");
    const config = [
      "Host far",
      "  HostName 127.0.0.1",
      `  Port ${server.port}`,
      `  User ${server.user}`,
      `  IdentityFile ${join(server.home, ".ssh/id_ed25519")}`,
      "Host farther",
      "  ProxyJump far",
      "  HostName 127.0.0.1",
      `  Port ${server.port}`,
      `  IdentityFile ${join(server.home, ".ssh/id_ed25519")}`,
    ].join("\n");
    for (const host of ["far", "farther"]) {
      const options = new Map<string, string>();
      const url = `ssh://${host}${server.data}`;
      const env = { HOME: anotherHome(knownHosts, config), USER: server.user };
      const remote = await openRemote({ name: host, url, options, folder: "/" }, env);
      onTestFinished(async () => remote.close());
      expect(await remote.has(["0".repeat(32)])).toEqual(new Set());
    }
  });

  it("says what to do when it lets nobody in", async () => {
    const home = anotherHome(readFileSync(join(server.home, ".ssh/known_hosts"), "utf8"));
    const refusal = (await open({ password: "hush hush" }, { HOME: home })).has(["0".repeat(32)]);
    await expect(refusal).rejects.toBeInstanceOf(RemoteAccessError);
    const error: unknown = await refusal.catch((caught: unknown) => caught);
    expect(String(error)).toContain(`'${server.user}' is not let in`);
    expect(JSON.stringify(error) + String(error)).not.toContain("hush");
  });

  it("is connected to again when the connection breaks, and sends only what is missing", async () => {
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(async () => proxy.stop());
    const knownHosts = readFileSync(join(server.home, ".ssh/known_hosts"), "utf8");
    const home = anotherHome(knownHosts.replace(`:${server.port} `, `:${proxy.port} `));
    const keyfile = join(server.home, ".ssh/id_ed25519");
    const { storage } = await open({ keyfile }, { HOME: home }, proxy.port);
    const folder = testFolder();
    const data = randomBytes(12 * 1024 * 1024);
    writeFileSync(join(folder, "source"), data);
    proxy.cutAfter(5 * 1024 * 1024, "toServer");
    await storage.upload(join(folder, "source"), "cut.bin", { md5: hashBytes(data).md5 });
    expect(proxy.connections()).toBe(2);
    const before = proxy.bytesToClient();
    proxy.cutAfter(5 * 1024 * 1024, "toClient", 2);
    expect(await storage.download("cut.bin", join(folder, "target"))).toEqual(hashBytes(data));
    expect(readFileSync(join(folder, "target")).equals(data)).toBe(true);
    expect(proxy.connections()).toBe(4);
    // What was there was not asked for again, save for what was on its way.
    expect(proxy.bytesToClient() - before).toBeLessThan(18 * 1024 * 1024);
  });

  it("shows its files to whoever imports them by URL", async () => {
    writeIn(join(server.data, "shared/sub"), "b.txt", "bee");
    writeIn(join(server.data, "shared"), "a.txt", "ay");
    const url = `ssh://${server.user}@127.0.0.1:${server.port}${server.data}/shared`;
    const source = await openUrl(url, { env: { HOME: server.home } });
    onTestFinished(async () => source.close());
    expect(source.hashKind).toBe("md5");
    expect(await source.stat()).toMatchObject({ path: "", isFolder: true });
    expect(await source.stat("a.txt")).toMatchObject({ isFolder: false, sizeBytes: 2, hash: undefined });
    expect((await source.list()).map(({ path }) => path).toSorted()).toEqual(["a.txt", "sub"]);
    const all: string[] = [];
    for await (const { path } of source.walk()) all.push(path);
    expect(all.toSorted()).toEqual(["a.txt", "sub/b.txt"]);
  });
});

function writeIn(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
