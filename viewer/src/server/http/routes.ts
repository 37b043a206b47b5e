import type { AccessLevel } from "./access.ts";
import { MEDIA_PATH, SESSION_PATH, SOCKET_PATH } from "../../protocol.ts";

/** One thing the server answers. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Exact path. */
  readonly path: string;
  readonly access: AccessLevel;
  readonly kind: "page" | "session" | "media" | "socket";
}

/**
 * Everything the server answers besides 404: no route changes anything, and there is no other list to forget one in.
 * Files of the page are routes of their own, so that no request ever turns into a file name.
 *
 * @param pagePaths - Request paths of the page's files.
 */
export function listRoutes(pagePaths: Iterable<string>): readonly Route[] {
  const page = [...pagePaths].map((path) => ({ method: "GET", path, access: "shell", kind: "page" }) as const);
  return [
    ...page,
    { method: "POST", path: SESSION_PATH, access: "token", kind: "session" },
    { method: "GET", path: MEDIA_PATH, access: "data", kind: "media" },
    { method: "GET", path: SOCKET_PATH, access: "data", kind: "socket" },
  ];
}
