import { defineConfig } from "vite";

export default defineConfig({
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
});
