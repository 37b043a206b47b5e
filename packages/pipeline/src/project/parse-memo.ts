const DEFAULT_LIMIT = 20_000;

/** Remembers what was made of content, by its id, and forgets the oldest beyond a limit. */
export class ParseMemo {
  readonly #limit: number;
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(limit = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /**
   * Returns what `make` made for this content before, or makes it.
   *
   * @param kind - What is made of it; one content may be made into several things.
   * @param id - `undefined` is never remembered.
   */
  get<T>(kind: string, id: string | undefined, make: () => Promise<T>): Promise<T> {
    if (id === undefined) return make();
    const key = `${kind}\0${id}`;
    let value = this.#known.get(key) as Promise<T> | undefined;
    if (value === undefined) {
      value = make();
      this.#known.set(key, value);
      value.catch(() => this.#known.delete(key));
      const [oldest] = this.#known.keys();
      if (this.#known.size > this.#limit && oldest !== undefined) this.#known.delete(oldest);
    }
    return value;
  }
}
