import { defineConfig, type UserConfig } from "vite";

const page: UserConfig = {
  root: "src/client",
  publicDir: "public",
  // Packages of the workspace are bundled from their sources: the page needs no build of theirs.
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../../dist/client",
    emptyOutDir: true,
    target: "es2023",
    // The content-security policy allows nothing inline, so no file is turned into a data URL and nothing is injected.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
};

/** The script of pages that `plots show` writes: one file that goes into each of them, so that they need no other. */
const plotsPage: UserConfig = {
  ...page,
  publicDir: false,
  build: {
    outDir: "../../dist/plots-page",
    emptyOutDir: true,
    target: "es2022",
    // A page may be opened without a module loader: from a disk, in a preview.
    lib: { entry: "plots-page/main.ts", formats: ["iife"], name: "waymarkPlots", fileName: () => "plots-page.js" },
  },
};

export default defineConfig(({ mode }) => (mode === "plots-page" ? { ...plotsPage, define: NODE_ENV } : page));

// Libraries are not told by themselves that they run in production.
const NODE_ENV = { "process.env.NODE_ENV": JSON.stringify("production") };
