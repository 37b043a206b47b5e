/** The folder that holds the built pages; `built.source.ts` and `built.bundle.ts` are its twins. */
export const BUILT = new URL("../", import.meta.url);
