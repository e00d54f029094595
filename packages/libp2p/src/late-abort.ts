// A transport that hears of an abort a moment later.
//
// @libp2p/tcp 11 stops listening to a socket when a dial is aborted. If the socket has failed in the very
// same turn, and only not said so yet, its error then has no listener, and ends the process. A node that
// stops while others do meets this now and then.
import type { Transport } from '@libp2p/interface';

type Factory<Components> = (components: Components) => Transport;

/** The same transport, which is told of aborts when sockets have said what there is to say. */
export function withLateAbort<Components>(factory: Factory<Components>): Factory<Components> {
  return (components) => {
    const transport = factory(components);
    const dial = transport.dial.bind(transport);
    transport.dial = async (address, options) => {
      const late = new AbortController();
      const abort = (): void => void setTimeout(() => late.abort(options.signal.reason), 0);
      if (options.signal.aborted) late.abort(options.signal.reason);
      else options.signal.addEventListener('abort', abort, { once: true });
      try {
        return await dial(address, { ...options, signal: late.signal });
      } finally {
        options.signal.removeEventListener('abort', abort);
      }
    };
    return transport;
  };
}
