/** For programs that load sources directly. */
export const BUILT = new URL("../../dist/", import.meta.url);
