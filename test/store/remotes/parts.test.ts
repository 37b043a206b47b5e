import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDigestChallenge } from "../../../packages/store/src/remotes/http/http-auth.ts";
import { parseMultistatus } from "../../../packages/store/src/remotes/http/multistatus.ts";
import { objectNameAt, remoteObjectPath } from "../../../packages/store/src/remotes/object-remote.ts";
import {
  isTransient,
  parseRetryAfter,
  TransientError,
  withRetries,
} from "../../../packages/store/src/remotes/retry.ts";
import { judgeHostKey, readKnownHosts } from "../../../packages/store/src/remotes/ssh/known-hosts.ts";
import { matchesHost, readSshConfig } from "../../../packages/store/src/remotes/ssh/ssh-config.ts";
import { ByteBudget, forEachLimited } from "../../../packages/store/src/remotes/transfer/limits.ts";
import { displayUrl, parseRemoteUrl } from "../../../packages/store/src/remotes/url.ts";
import { testFolder } from "./contract.ts";

describe("URLs of remotes", () => {
  it.each([
    ["s3://bucket/a/b", { scheme: "s3", host: "bucket", path: "/a/b" }],
    ["ssh://ada@host:2222/srv/x y", { scheme: "ssh", user: "ada", host: "host", port: 2222, path: "/srv/x y" }],
    ["https://ada:p%40ss@host/x?y=1", { user: "ada", password: "p@ss", host: "host", path: "/x", query: "?y=1" }],
    ["webdav://ada:p@ss@[::1]:80/x", { user: "ada", password: "p@ss", host: "::1", port: 80, path: "/x" }],
    ["../relative/path", { scheme: "", path: "../relative/path" }],
    ["/abs#1?2", { scheme: "", path: "/abs#1?2" }],
    ["C:\\data", { scheme: "", path: "C:\\data" }],
  ])("%s comes apart", (text, parts) => {
    expect(parseRemoteUrl(text)).toMatchObject(parts);
  });

  it("show neither passwords nor signatures", () => {
    expect(displayUrl("https://ada:p@ss:w0rd@host:8080/x?X-Signature=abc")).toBe("https://ada@host:8080/x");
    fc.assert(
      fc.property(fc.stringMatching(/^[^/?#]{4,20}$/), (password) => {
        const shown = displayUrl(`https://ada:${password}secret@host/path`);
        expect(shown).toBe("https://ada@host/path");
      }),
    );
  });
});

describe("places of objects", () => {
  it("lead back to their names, in both layouts, and nothing else does", () => {
    for (const name of ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef.dir"]) {
      for (const layout of ["current", "legacy"] as const) {
        expect(objectNameAt(remoteObjectPath(name, layout), layout)).toBe(name);
      }
    }
    for (const path of ["files/md5/01/.AbcdefghijklmnO.tmp", "files/md5/01/23", "runs/01/23", "files/md5/01/23/45"]) {
      expect([objectNameAt(path, "current"), objectNameAt(path, "legacy")]).toEqual([undefined, undefined]);
    }
  });
});

describe("what may pass", () => {
  it("is tried again, counted anew whenever a try got further", async () => {
    let tries = 0;
    const failing = withRetries(
      async () => {
        tries += 1;
        throw new TransientError("not now");
      },
      { attempts: 3, firstPauseMs: 1 },
    );
    await expect(failing).rejects.toThrow("not now");
    expect(tries).toBe(3);
    let progress = 0;
    const slow = withRetries(
      async () => {
        progress += 1;
        if (progress < 10) throw new TransientError("not now");
        return progress;
      },
      { attempts: 2, firstPauseMs: 1, hasProgressed: () => progress < 10 },
    );
    expect(await slow).toBe(10);
  });

  it("is told from what will not pass, through causes", () => {
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    expect(isTransient(new Error("outer", { cause: reset }))).toBe(true);
    expect(isTransient(Object.assign(new Error("no"), { code: "ENOTFOUND" }))).toBe(false);
    expect(isTransient("text")).toBe(false);
  });

  it("waits as long as the server asks, in seconds or until a date", () => {
    expect(parseRetryAfter("2")).toBe(2000);
    expect(parseRetryAfter(new Date(5000).toUTCString(), 1000)).toBe(4000);
    expect(parseRetryAfter("9999")).toBe(30_000);
    expect(parseRetryAfter("soon")).toBeUndefined();
  });
});

describe("limits", () => {
  it("keep to the number of jobs, and end what began before they report an error", async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    const work = async (item: number): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (item === 5) throw new Error("five");
      done.push(item);
    };
    await expect(
      forEachLimited(
        Array.from({ length: 100 }, (_, at) => at),
        3,
        work,
      ),
    ).rejects.toThrow("five");
    expect(most).toBe(3);
    expect(running).toBe(0);
    expect(done.length).toBeLessThan(10);
  });

  it("never give out more bytes than there are, and let everything through in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 50 }), async (sizes) => {
        const budget = new ByteBudget(100);
        let used = 0;
        let finished = 0;
        await Promise.all(
          sizes.map(async (size) =>
            budget.use(size, async () => {
              used += Math.min(size, 100);
              expect(used).toBeLessThanOrEqual(100);
              await new Promise((resolve) => setImmediate(resolve));
              used -= Math.min(size, 100);
              finished += 1;
            }),
          ),
        );
        expect(finished).toBe(sizes.length);
      }),
      { numRuns: 20 },
    );
  });
});

describe("~/.ssh/config", () => {
  it("is read as OpenSSH reads it: the first value counts, keys add up, other files are included", () => {
    const home = testFolder();
    mkdirSync(join(home, ".ssh"));
    writeFileSync(
      join(home, ".ssh/config"),
      [
        "Include more",
        "Host far* !far-away",
        "  HostName %h.example.org",
        "  Port=2222",
        '  IdentityFile "~/keys/a b"',
        "  IdentityFile ~/keys/second",
        'Match exec "touch /tmp/never"',
        "  User mallory",
        "Host *",
        "  Port 22",
        "  IdentitiesOnly yes",
        "  UserKnownHostsFile ~/a ~/b",
      ].join("\n"),
    );
    writeFileSync(join(home, ".ssh/more"), "Host farther\n  User ada\n  StrictHostKeyChecking Accept-New\n");
    expect(readSshConfig(home, "farther")).toEqual({
      hostName: "farther.example.org",
      user: "ada",
      port: 2222,
      identityFiles: ["~/keys/a b", "~/keys/second"],
      isIdentitiesOnly: true,
      identityAgent: undefined,
      strictHostKeyChecking: "accept-new",
      userKnownHostsFiles: ["~/a", "~/b"],
      globalKnownHostsFiles: [],
      hostKeyAlias: undefined,
      proxyJump: [],
      proxyCommand: undefined,
    });
    expect(readSshConfig(home, "far-away")).toMatchObject({ hostName: undefined, port: 22 });
    expect(readSshConfig("/nonexistent", "x")).toMatchObject({ port: undefined, identityFiles: [] });
    expect(matchesHost("a.b", ["a?b", "!a.c"])).toBe(true);
  });
});

describe("known_hosts", () => {
  const blob = (type: string): Buffer => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const part = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);
    return Buffer.concat([part(Buffer.from(type)), part(raw)]);
  };
  const [own, other, third] = [blob("ssh-ed25519"), blob("ssh-ed25519"), blob("ssh-ed25519")];
  const line = (hosts: string, key: Buffer): string => `${hosts} ssh-ed25519 ${key.toString("base64")} comment`;

  it("knows hosts by name, pattern, port and hidden name", () => {
    const path = join(testFolder(), "known_hosts");
    const salt = Buffer.alloc(20, 7);
    const hidden = createHmac("sha1", salt).update("hidden.org").digest("base64");
    writeFileSync(
      path,
      [
        "# comment",
        line("plain.org,10.0.0.1", own),
        line("*.wild.org,!not.wild.org", own),
        line("[port.org]:2222", own),
        line(`|1|${salt.toString("base64")}|${hidden}`, own),
        `@revoked ${line("*", third)}`,
        `@cert-authority ${line("*", other)}`,
        "broken",
      ].join("\n"),
    );
    const judge = (host: string, port: number, key: Buffer): string =>
      judgeHostKey(readKnownHosts([path, "/nonexistent"], host, port), key).kind;
    expect(judge("plain.org", 22, own)).toBe("known");
    expect(judge("10.0.0.1", 22, own)).toBe("known");
    expect(judge("x.wild.org", 22, own)).toBe("known");
    expect(judge("not.wild.org", 22, own)).toBe("unknown");
    expect(judge("port.org", 2222, own)).toBe("known");
    expect(judge("port.org", 22, own)).toBe("unknown");
    expect(judge("hidden.org", 22, own)).toBe("known");
    expect(judge("plain.org", 22, other)).toBe("changed");
    expect(judge("elsewhere.org", 22, other)).toBe("unknown");
    expect(judge("plain.org", 22, third)).toBe("revoked");
  });
});

describe("answers of WebDAV servers", () => {
  it("are read whatever the prefix of their names, with entities, and without what was not found", () => {
    const xml = `<?xml version="1.0"?><!-- <response> --><a:multistatus xmlns:a="DAV:">
      <a:response><a:href>/dav/x%20%26%20y/</a:href><a:propstat><a:prop><a:resourcetype><a:collection/></a:resourcetype>
      </a:prop><a:status>HTTP/1.1 200 OK</a:status></a:propstat></a:response>
      <a:response><a:href>http://host/dav/a&amp;b&#x21;.txt</a:href>
      <a:propstat><a:prop><a:resourcetype/><a:getcontentlength>12</a:getcontentlength><a:getetag>&quot;e&quot;</a:getetag>
      <a:getlastmodified>Thu, 01 Jan 1970 00:00:05 GMT</a:getlastmodified></a:prop><a:status>HTTP/1.1 200 OK</a:status></a:propstat>
      <a:propstat><a:prop><a:getcontentlength>99</a:getcontentlength></a:prop><a:status>HTTP/1.1 404 Not Found</a:status></a:propstat>
      </a:response></a:multistatus>`;
    expect(parseMultistatus(xml)).toEqual([
      { path: "/dav/x & y", isFolder: true, sizeBytes: undefined, etag: undefined, mtimeMs: undefined },
      { path: "/dav/a&b!.txt", isFolder: false, sizeBytes: 12, etag: '"e"', mtimeMs: 5000 },
    ]);
    expect(parseMultistatus("<html>no</html>")).toEqual([]);
  });

  it("never break the reader", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(parseMultistatus(`<D:response><D:href>${text}</D:href></D:response>`))).toBe(true);
      }),
    );
  });
});

describe("digest challenges", () => {
  it("are found among others, with commas in quotes", () => {
    expect(parseDigestChallenge('Basic realm="x", Digest realm="a, b", qop="auth,auth-int", nonce="n\\"1"')).toEqual({
      realm: "a, b",
      qop: "auth,auth-int",
      nonce: 'n"1',
    });
    expect(parseDigestChallenge('Digest realm="x", nonce="1", qop="auth-int"')).toBeUndefined();
    expect(parseDigestChallenge("Basic realm=x")).toBeUndefined();
  });
});
