/**
 * Makes a seeded source of numbers in [0, 1). The same words give the same numbers, so that what is random about an
 * epoch depends on the seed and the epoch alone, and a resumed run needs no state to go on with.
 *
 * @param {...number} words For example the seed and the epoch.
 * @returns {() => number}
 */
export function createRandom(...words) {
  let state = words.reduce((mixed, word) => Math.imul(mixed ^ word, 0x9e3779b1) ^ (mixed >>> 15), 0x5bd1e995);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Orders the numbers below `count` at random (Fisher and Yates).
 *
 * @param {number} count
 * @param {() => number} random
 */
export function shuffle(count, random) {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last];
    order[last] = order[other];
    order[other] = kept;
  }
  return order;
}
