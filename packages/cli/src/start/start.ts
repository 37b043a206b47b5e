#!/usr/bin/env node
// Where the published command begins. It is bundled by itself, and all it does is load the bundle of the rest.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openCodeCache } from "./code-cache.ts";
import { findCodeCacheFolder } from "./code-cache-folder.ts";
import { requireWithCache } from "./require-with-cache.ts";

/** Names what the bundle holds; put in by `tools/bundle.mjs`. */
declare const BUNDLE_ID: string;

const require = createRequire(import.meta.url);
const bundle = fileURLToPath(new URL(".", import.meta.url));
const folder = findCodeCacheFolder(process.env, BUNDLE_ID);
const load = folder === undefined ? require : requireWithCache(bundle, require, openCodeCache(folder));
const { runProcess } = load("./main.js") as typeof import("../run-process.ts");

void runProcess();
