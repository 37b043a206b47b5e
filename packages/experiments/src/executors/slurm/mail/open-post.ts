import { join } from "node:path";
import type { SlurmCarrier, Submission } from "../submission.ts";
import { BundlePost } from "./bundle-post.ts";
import { LocalPost } from "./local-post.ts";
import type { Post } from "./post.ts";
import { RemotePost } from "./remote-post.ts";

/** Makes what carries the letters of a submission. */
export function openPost(
  { carrier, id, tasks }: Pick<Submission, "carrier" | "id" | "tasks">,
  signal?: AbortSignal,
): Post {
  switch (carrier.kind) {
    case "shared":
      return new LocalPost(id, tasks.length);
    case "remote":
      return new RemotePost(carrier.url, id, signal);
    case "bundle":
      return new BundlePost(bundleFolder(carrier, id), id);
  }
}

/** Where the bundles of a submission lie. */
export function bundleFolder(carrier: Extract<SlurmCarrier, { kind: "bundle" }>, id: string): string {
  return join(carrier.folder, id);
}
