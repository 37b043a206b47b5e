import { SESSION_PATH } from "../../protocol.ts";

const STORAGE_KEY = "waymark.token";

/**
 * Takes the token out of the address: from `#token=…&run=…` into this tab's session storage, leaving `#run=…`. The
 * fragment never travels to a server, and after this it is in no history entry either.
 */
export function adoptTokenFromAddress(): void {
  const pairs = location.hash.replace(/^#/u, "").split("&");
  const token = pairs.find((pair) => pair.startsWith("token="))?.slice("token=".length);
  if (token === undefined) return;
  writeToken(decodeURIComponent(token));
  const rest = pairs.filter((pair) => pair !== "" && !pair.startsWith("token=")).join("&");
  history.replaceState(null, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
}

/** The token of this tab, or null when it was opened without one (the cookie may still do). */
export function readToken(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function writeToken(token: string): void {
  try {
    sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // Storage can be switched off; the cookie carries this tab until it is closed.
  }
}

/** How an attempt to open a session ended. */
export type SessionResult = "open" | "denied" | "unreachable";

/**
 * Exchanges the token for the HttpOnly cookie that opens the media, and the socket of a tab that has no token.
 *
 * @returns `denied` also without a token: the cookie of another tab may still open the socket.
 */
export async function openSession(): Promise<SessionResult> {
  const token = readToken();
  try {
    const response = await fetch(SESSION_PATH, {
      method: "POST",
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      credentials: "same-origin",
      cache: "no-store",
    });
    if (response.ok) return "open";
    return response.status >= 500 ? "unreachable" : "denied";
  } catch {
    return "unreachable";
  }
}
