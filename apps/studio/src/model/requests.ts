// Questions to somebody who answers later, in a message of its own: a worker, or a node over a connection.

interface Pending {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

/** Questions without an answer yet, by number. Answers to any other number are passed over. */
export class Requests {
  readonly #pending = new Map<number, Pending>();
  #next = 1;

  /** Sends a question under a number of its own. Rejects with what `reject` or `rejectAll` is given. */
  ask<T>(send: (request: number) => void): Promise<T> {
    const request = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(request, { resolve: (value) => resolve(value as T), reject });
      send(request);
    });
  }

  resolve(request: number, value: unknown): void {
    this.#take(request)?.resolve(value);
  }

  reject(request: number, message: string): void {
    this.#take(request)?.reject(new Error(message));
  }

  /** Nobody will answer any more. */
  rejectAll(message: string): void {
    for (const pending of this.#pending.values()) pending.reject(new Error(message));
    this.#pending.clear();
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    return pending;
  }
}
