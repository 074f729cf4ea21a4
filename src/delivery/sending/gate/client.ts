/**
 * The bound on what is in flight to one target: deliveries and questions share it, for the target
 * counts them alike (S3, O4). Wakes who waits in order of coming. Refuses nothing: who finds it full waits.
 */
export class Gate {
  #flying = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs with at most `most` at once. */
  async pass<T>(most: number, run: () => Promise<T>): Promise<T> {
    while (this.#flying >= most) {
      await new Promise<void>((goOn) => {
        this.#waiting.push(goOn);
      });
    }
    this.#flying += 1;
    try {
      return await run();
    } finally {
      this.#flying -= 1;
      this.#waiting.shift()?.();
    }
  }
}
