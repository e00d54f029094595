// WebSocket, which libp2p takes for granted and Node has since version 22.
import { WebSocket as NodeWebSocket } from 'ws';

/**
 * One that fails as that of a browser does: an error that nobody listens to ends the connection, and not the
 * process. libp2p stops to listen when it gives up a dial.
 */
class QuietWebSocket extends NodeWebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols);
    this.on('error', () => {});
  }
}

globalThis.WebSocket ??= QuietWebSocket as unknown as typeof globalThis.WebSocket;
