// Does nothing: the system calls that starting Node takes by itself.
import { Live } from "@waymark/live";

if (typeof Live !== "function") throw new Error("the logger is missing");
