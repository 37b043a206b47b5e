import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startViewer, type Viewer, type ViewerOptions } from "@waymark/viewer";
import { onTestFinished } from "vitest";
import { ViewerClient, type ConnectOptions } from "./viewer-client.ts";

/** Starts a viewer on a free port that the test closes when it is done. State is kept away from the user's own. */
export async function viewer(root: string, options: Partial<ViewerOptions> = {}): Promise<Viewer> {
  const state = mkdtempSync(join(tmpdir(), "waymark-state-"));
  const started = await startViewer({ root, port: 0, env: { XDG_STATE_HOME: state }, ...options });
  onTestFinished(async () => {
    await started.close();
    rmSync(state, { recursive: true, force: true });
  });
  return started;
}

/** Connects a page without a screen that the test closes when it is done. */
export async function page(url: string, options: ConnectOptions = {}): Promise<ViewerClient> {
  const client = await ViewerClient.connect(url, options);
  onTestFinished(() => client.close());
  return client;
}
