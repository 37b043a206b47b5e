/** For the bundled command, which has the pages beside it. */
export const BUILT = new URL("./", import.meta.url);
