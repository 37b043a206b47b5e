import { randomUUID } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { errorCode } from "@waymark/files";
import { PROTOCOL_VERSION } from "../protocol.ts";
import { ExposedHostError, ProjectNotFoundError } from "./errors.ts";
import { createHttpServer } from "./http/http-server.ts";
import { defaultPageFolder, readPage } from "./http/static-files.ts";
import { identityPaths, readIdentity, writeIdentity } from "./identity-file.ts";
import { listen } from "./listen.ts";
import { Runs } from "./runs.ts";
import { PageSockets } from "./page-socket/page-sockets.ts";

/** Options of {@link startViewer}. */
export interface ViewerOptions {
  /** Folder of the project. */
  readonly root: string;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** This port and no other. Default: the one of last time, else 8910, else the next free one. */
  readonly port?: number;
  /** Secret that opens the data. Default: the one of last time, else a new random one. */
  readonly token?: string;
  /** Allows a host that other machines can reach. Default `false`. */
  readonly expose?: boolean;
  /** Host names by which a browser may reach the viewer beside the loopback ones: `name` or `name:port`. */
  readonly allowHosts?: readonly string[];
  /** Told what is worth knowing, a sentence a call. Default: nothing is told. */
  readonly log?: (message: string) => void;
  /** Opens the URL in a browser, when given. */
  readonly openBrowser?: (url: string) => void;
  /** The built page. Default: beside the built server. */
  readonly pageFolder?: string;
  /** Environment variables, for where state is kept. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the page shows as the version. */
  readonly version?: string;
}

/** A running viewer. */
export interface Viewer {
  /** With the token in its fragment, which no server and no log ever sees. */
  readonly url: string;
  readonly port: number;
  /** Says goodbye to all pages and stops. */
  readonly close: () => Promise<void>;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);
const WILDCARD_HOSTS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
const CLOSING_MS = 500;

/**
 * Starts the viewer of a project: finds its runs, serves the page, and streams what changes.
 *
 * @throws {@link ProjectNotFoundError} when `root` is no folder, {@link ExposedHostError} when `host` is reachable from
 *   elsewhere and `expose` is not set, {@link PortInUseError} when `port` is taken.
 */
export async function startViewer(options: ViewerOptions): Promise<Viewer> {
  const { host = "127.0.0.1", env = process.env, log = () => undefined } = options;
  if (!LOOPBACK_HOSTS.has(host) && options.expose !== true) throw new ExposedHostError(host);
  const root = resolveRoot(options.root);
  const paths = identityPaths(root, env);
  const identity = readIdentity(paths);
  const token = options.token ?? identity.token;

  const session = randomUUID();
  // Whoever listens on one address is reached by it; behind "all addresses" every name has to be allowed.
  const isEverywhere = WILDCARD_HOSTS.has(host);
  const allowedHosts = (): string[] => [
    ...(options.allowHosts ?? []),
    ...(isEverywhere || LOOPBACK_HOSTS.has(host) ? [] : [`${urlHost(host)}:${port}`]),
  ];
  const runs = new Runs(root, env, {
    onCatalog: (id) => sockets.noteCatalog(id),
    onPoints: (id) => sockets.notePoints(id),
  });
  const sockets = new PageSockets({
    catalog: runs.catalog,
    findSource: (run, metric) => runs.findSource(run, metric),
    openLog: (run) => runs.openLog(run),
    welcome: () => ({
      type: "welcome",
      protocol: PROTOCOL_VERSION,
      session,
      serverMs: Date.now(),
      project: { name: basename(root), root, head: runs.head },
      waymarkVersion: options.version ?? "",
    }),
  });
  let port = 0;
  const server = createHttpServer({
    page: readPage(options.pageFolder ?? defaultPageFolder()),
    rules: () => ({ token, port, allowedHosts: allowedHosts() }),
    openMedia: (run, media) => runs.openMedia(run, media),
    acceptSocket: (request, socket, head) => sockets.accept(request, socket, head),
  });
  await runs.start();
  try {
    port = await listen(server, host, options.port, identity.port);
  } catch (error) {
    await runs.close();
    throw error;
  }
  if (options.token === undefined && !writeIdentity(paths, { token, port })) {
    log(`Cannot write '${paths.join("' or '")}': the viewer will have another address the next time.`);
  }
  const url = `http://${isEverywhere ? "127.0.0.1" : urlHost(host)}:${port}/#token=${token}`;
  if (!LOOPBACK_HOSTS.has(host)) {
    log(`Whoever reaches ${host}:${port} and has the token sees all runs, params and images of '${root}'.`);
    if (isEverywhere) log("Allow the name or address that browsers will use with --allow-host.");
  }
  options.openBrowser?.(url);
  return {
    url,
    port,
    close: async () => {
      sockets.close();
      await runs.close();
      await new Promise<void>((resolve) => {
        const impatience = setTimeout(() => {
          sockets.terminate();
          server.closeAllConnections();
        }, CLOSING_MS);
        server.close(() => {
          clearTimeout(impatience);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function resolveRoot(root: string): string {
  try {
    const real = realpathSync(root);
    if (!statSync(real).isDirectory()) throw new ProjectNotFoundError(root);
    return real;
  } catch (error) {
    if (errorCode(error) === undefined || error instanceof ProjectNotFoundError) throw error;
    throw new ProjectNotFoundError(root, error);
  }
}
