// WebSocket, which libp2p takes for granted and Node has since version 22.
import { WebSocket } from 'ws';

globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;
