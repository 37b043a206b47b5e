import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What commands compile is not kept in the home of whoever runs the tests.
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
    setupFiles: ["test/support/property-setup.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{browser,interop,bench}/**"],
          globalSetup: ["test/support/bundle-scenarios.ts"],
          environment: "node",
          // Loading the packages anew for each file would take a third of the time. What a test changes of its process, it
          // puts back.
          isolate: false,
          unstubEnvs: true,
          // One more than the two cores that are counted on: files wait for processes, timers and the disk a quarter of their
          // time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      // Real Chromium, driven by Playwright; `npm test` says where it is in WAYMARK_CHROMIUM. After the others, and one
      // file at a time where delays are measured: a browser keeps two cores busy by itself.
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          maxWorkers: process.env["WAYMARK_LONG"] === "1" ? 1 : 2,
          sequence: { groupOrder: 1 },
        },
      },
      // Real DVC and DVCLive; only `npm run test:interop` prepares them.
      {
        extends: true,
        test: {
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          environment: "node",
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
