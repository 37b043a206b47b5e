export * from "@waymark/live";
export { Live } from "./live.ts";
