// What libp2p takes for granted and Node 20 does not have: `Promise.withResolvers`, and WebSockets that dial.
import '@kadscope/libp2p';
import { WebSocket } from 'ws';

/**
 * A WebSocket as browsers have it: an error that nobody listens to is none of the process's business.
 * libp2p stops listening when a dial is aborted, and the connection may fail afterwards.
 */
class QuietWebSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols);
    this.on('error', () => {});
  }
}

globalThis.WebSocket ??= QuietWebSocket as unknown as typeof globalThis.WebSocket;
