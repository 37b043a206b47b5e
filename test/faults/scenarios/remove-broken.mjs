// Removes an experiment as a tool would that is not careful: first the ref, then the record of what it was.
import { execFileSync } from "node:child_process";
import { writeFileSync, writeSync } from "node:fs";

const [ref = ""] = process.argv.slice(2);
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const tip = git("rev-parse", ref);
git("update-ref", "-d", ref);
writeFileSync(".git/removed.txt", `${tip}\n`);
git("update-ref", "refs/waymark/trash/20260101T000000Z-0000", tip);
writeSync(3, "done\n");
