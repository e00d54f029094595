// What libp2p takes for granted and Node 20 does not have: WebSocket (Node 22), and Promise.withResolvers, which
// the DHT brings along.
import '@kadscope/libp2p';
import { WebSocket } from 'ws';

globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;
