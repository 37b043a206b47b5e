/** Options of {@link runSteps}. */
export interface ScheduleOptions<Step> {
  /** At most this many steps at a time. */
  readonly jobs: number;
  /** The steps that have to be over before one may begin; those that are not in the plan do not count. */
  readonly needs: (step: Step) => readonly Step[];
  /** Does a step; never throws. `stop` lets no further step begin. */
  readonly run: (step: Step) => Promise<"continue" | "stop">;
}

/**
 * Does the steps of a plan, in its order where only one may run at a time, otherwise each as soon as what it needs is
 * over. Resolves when all that began have ended.
 */
export async function runSteps<Step>(steps: readonly Step[], options: ScheduleOptions<Step>): Promise<void> {
  const waiting = new Set(steps);
  const open = new Set(steps);
  const running = new Set<Promise<void>>();
  let isStopped = false;
  const start = (step: Step): void => {
    waiting.delete(step);
    const task = options.run(step).then((answer) => {
      open.delete(step);
      if (answer === "stop") isStopped = true;
      running.delete(task);
    });
    running.add(task);
  };
  for (;;) {
    for (const step of waiting) {
      if (isStopped || running.size >= options.jobs) break;
      if (!options.needs(step).some((need) => open.has(need) && need !== step)) start(step);
      // One at a time keeps the order of the plan.
      else if (options.jobs === 1) break;
    }
    if (running.size === 0) return;
    await Promise.race(running);
  }
}
