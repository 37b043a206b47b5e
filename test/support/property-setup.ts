import fc from "fast-check";

// The same cases on every machine, so that a failure can be repeated; `WAYMARK_SEED` draws others.
const seed = Number(process.env["WAYMARK_SEED"] ?? 20_261_122);
const runs = process.env["WAYMARK_PROPERTY_RUNS"];
fc.configureGlobal({ seed, ...(runs === undefined ? {} : { numRuns: Number(runs) }) });
