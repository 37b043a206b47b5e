import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunInfo, ServerMessage } from "@waymark/viewer/protocol";
import { Catalog } from "../../viewer/src/server/catalog.ts";

const states = ["running", "stalled", "finished", "failed", "interrupted", "unknown"] as const;

function row(id: string, state: RunInfo["state"], startedAt: string | null, step: number): RunInfo {
  return {
    id,
    name: id,
    kind: "live",
    state,
    reason: null,
    folder: id,
    baseline: null,
    baselineName: null,
    commit: null,
    isoStartedAt: startedAt,
    isoEndedAt: null,
    step,
    totalSteps: null,
    params: {},
    metrics: [],
    checkpoints: [],
    images: [],
    plots: [],
    problems: [],
  };
}

/** Applies a message the way a page does. */
function apply(runs: Map<string, RunInfo>, message: ServerMessage): number {
  if (message.type === "catalog") {
    runs.clear();
    for (const run of message.runs) runs.set(run.id, run);
    return message.version;
  }
  if (message.type !== "catalog-patch") throw new TypeError(`Not a catalog: ${message.type}`);
  for (const run of message.upserts) runs.set(run.id, run);
  for (const id of message.removes) runs.delete(id);
  return message.version;
}

describe("Catalog", () => {
  it("leaves a page that applied every message, however many changes each covers, with the server's rows", () => {
    const change = fc.oneof(
      { weight: 4, arbitrary: fc.record({ id: fc.constantFrom("a", "b", "c", "__proto__"), step: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom("a", "b", "c", "__proto__") }) },
      { weight: 2, arbitrary: fc.constant("look" as const) },
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const catalog = new Catalog();
        const runs = new Map<string, RunInfo>();
        let version = apply(runs, catalog.since(undefined));
        for (const one of [...changes, "look" as const]) {
          if (one === "look") {
            version = apply(runs, catalog.since(version));
            expect(version).toBe(catalog.version);
            expect(new Map(catalog.rows().map((run) => [run.id, run]))).toEqual(runs);
          } else if ("remove" in one) {
            catalog.remove(one.remove);
          } else {
            catalog.set(row(one.id, "running", null, one.step));
          }
        }
      }),
    );
  });

  it("sends everything to a page that missed more than is remembered, or comes from elsewhere", () => {
    const catalog = new Catalog();
    for (let i = 0; i < 2000; i++) {
      catalog.set(row(`run-${i}`, "running", null, 0));
      catalog.remove(`run-${i}`);
    }
    catalog.set(row("left", "running", null, 0));
    expect(catalog.since(1)).toMatchObject({ type: "catalog", runs: [{ id: "left" }] });
    expect(catalog.since(catalog.version + 1)).toMatchObject({ type: "catalog" });
    expect(catalog.since(catalog.version)).toMatchObject({ type: "catalog-patch", upserts: [], removes: [] });
  });

  it("orders what runs first, then the newest", () => {
    const catalog = new Catalog();
    for (const [index, state] of states.entries()) catalog.set(row(state, state, `2026-01-0${index + 1}`, 0));
    expect(catalog.rows().map(({ id }) => id)).toEqual([
      "stalled",
      "running",
      "unknown",
      "interrupted",
      "failed",
      "finished",
    ]);
  });
});
