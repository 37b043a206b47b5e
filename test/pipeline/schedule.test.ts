import fc from "fast-check";
import { expect, test } from "vitest";
import { runSteps } from "../../packages/pipeline/src/repro/schedule.ts";

/** Steps in order, each with the earlier ones it needs; how long each takes, and which one stops everything. */
const plan = fc
  .array(fc.tuple(fc.array(fc.nat(20), { maxLength: 3 }), fc.nat(4)), { minLength: 1, maxLength: 12 })
  .map((steps) =>
    steps.map(([needs, turns], at) => ({ at, needs: [...new Set(needs.map((need) => need % (at + 1)))], turns })),
  );

async function waitTurns(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("begins a step only after what it needs, never more than asked for at a time, and each once", async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (steps, jobs) => {
      const over = new Set<number>();
      const begun: number[] = [];
      let running = 0;
      await runSteps(steps, {
        jobs,
        needs: (step) => step.needs.flatMap((need) => steps[need] ?? []),
        run: async (step) => {
          begun.push(step.at);
          running += 1;
          expect(running).toBeLessThanOrEqual(jobs);
          for (const need of step.needs) if (need !== step.at) expect(over.has(need)).toBe(true);
          await waitTurns(step.turns);
          running -= 1;
          over.add(step.at);
          return "continue";
        },
      });
      expect(begun.toSorted((a, b) => a - b)).toEqual(steps.map(({ at }) => at));
      if (jobs === 1) expect(begun).toEqual(steps.map(({ at }) => at));
    }),
  );
});

test("after a stop begins nothing more, and waits for what runs", async () => {
  const log: string[] = [];
  await runSteps(["stops", "goes on", "never"], {
    jobs: 2,
    needs: () => [],
    run: async (step) => {
      log.push(`${step} begins`);
      await waitTurns(step === "stops" ? 1 : 20);
      log.push(`${step} ends`);
      return step === "stops" ? "stop" : "continue";
    },
  });
  expect(log).toEqual(["stops begins", "goes on begins", "stops ends", "goes on ends"]);
});
