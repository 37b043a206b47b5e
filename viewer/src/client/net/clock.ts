/** Relates the server's clock to this page's, from the quickest of the last round trips. */
export class ServerClock {
  #samples: { readonly roundTripMs: number; readonly offsetMs: number }[] = [];

  /** Takes one ping's answer into account; all times are epoch milliseconds. */
  observe(sentMs: number, serverMs: number, receivedMs: number): void {
    const roundTripMs = Math.max(0, receivedMs - sentMs);
    this.#samples.push({ roundTripMs, offsetMs: serverMs - (sentMs + receivedMs) / 2 });
    if (this.#samples.length > 8) this.#samples.shift();
  }

  /** Server time minus page time, in milliseconds; 0 before the first answer. */
  get offsetMs(): number {
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best === undefined || sample.roundTripMs < best.roundTripMs) best = sample;
    return best?.offsetMs ?? 0;
  }

  /** What the server's clock says when the page's says `pageMs`. */
  toServerMs(pageMs: number): number {
    return pageMs + this.offsetMs;
  }

  reset(): void {
    this.#samples = [];
  }
}
