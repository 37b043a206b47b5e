import { readToken } from "../net/token.ts";
import { formatView } from "./view-codec.ts";
import type { ViewState } from "./view-state.ts";
import { view } from "./view.ts";

/** A link that opens this view elsewhere on this machine, with the token it needs. */
export function pageLink(patch: Partial<ViewState> = {}): string {
  const token = readToken();
  const hash = [token === null ? "" : `token=${encodeURIComponent(token)}`, formatView({ ...view.value, ...patch })]
    .filter((part) => part !== "")
    .join("&");
  return `${location.origin}${location.pathname}${hash === "" ? "" : `#${hash}`}`;
}
