// Loaded before a program (`node --import`): writes its largest resident memory, in bytes, where WAYMARK_TEST_MEMORY says.
import { writeFileSync } from "node:fs";

const file = process.env["WAYMARK_TEST_MEMORY"];
if (file !== undefined) {
  process.on("exit", () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)));
}
