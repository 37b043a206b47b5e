import { writeFileSync } from "node:fs";

/** Reporter of vitest that writes how many tests passed, failed and were left out to the file that it is told of. */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const testModule of modules) {
      let tests = 0;
      for (const testCase of testModule.children.allTests()) {
        tests += 1;
        const { state } = testCase.result();
        // A test that never came to run, because the run was broken off, did not pass.
        counts[state === "pending" ? "failed" : state] += 1;
      }
      // A file that cannot be loaded has no tests to fail.
      if (tests === 0 && testModule.state() === "failed") counts.failed += 1;
    }
    writeFileSync(process.env["WAYMARK_TEST_COUNTS"], JSON.stringify(counts));
  }
}
