// Whether libp2p gives us the streams of the protocol: changes come one after the other, however many ask
// for them at a time, and the last one holds.
import type { StreamHandler } from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';
import type { Settings } from './options.ts';

/** What a handler works with. */
export interface HandlerParts {
  readonly registrar: Registrar;
  readonly settings: Settings;
  /** Whether streams are wanted now. */
  readonly isWanted: () => boolean;
  readonly serve: StreamHandler;
}

/** The handler of the protocol. */
export class ProtocolHandler {
  readonly #parts: HandlerParts;
  #isHandling = false;
  #changed: Promise<void> = Promise.resolve();

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** Sees to it that streams come if they are wanted, and do not otherwise. Rejects where libp2p refuses. */
  async follow(): Promise<void> {
    const change = this.#changed.then(() => this.#change());
    this.#changed = change.catch(() => {});
    await change;
  }

  async #change(): Promise<void> {
    const { registrar, settings, isWanted, serve } = this.#parts;
    const { protocol, maxInboundStreams, maxOutboundStreams } = settings;
    if (isWanted() === this.#isHandling) return;
    this.#isHandling = !this.#isHandling;
    if (!this.#isHandling) {
      await registrar.unhandle(protocol);
      return;
    }
    try {
      await registrar.handle(protocol, serve, { maxInboundStreams, maxOutboundStreams });
    } catch (error) {
      this.#isHandling = false;
      // Where the peer store cannot be written, libp2p has taken the handler all the same.
      if ((error as Error).name !== 'DuplicateProtocolHandlerError')
        await registrar.unhandle(protocol).catch(() => {});
      throw error;
    }
  }
}
