#!/usr/bin/env node
// The command as it stands in the sources, one file per module. What is published is bundled, and begins in `start`.
import { runProcess } from "./run-process.ts";

await runProcess();
