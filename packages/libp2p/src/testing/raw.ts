// Peers that say whatever a test wants: libp2p nodes without a DHT, on the protocol of one.
import type { AminoMessage } from '@kadscope/core/wire';
import { decodeAmino, encodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import { identify } from '@libp2p/identify';
import type { Libp2p, PeerId, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { withLateAbort } from '../late-abort.ts';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { plainBytes } from '../bytes.ts';
import { TEST_PROTOCOL } from './network.ts';

/** What a raw peer answers: a message, any bytes in a frame, nothing ever, or a reset. */
export type RawAnswer = Partial<AminoMessage> | Uint8Array | 'silence' | 'reset';

/** Answers each request as a test wants. */
export type RawServer = (request: AminoMessage, from: PeerId) => RawAnswer;

export const NOTHING = new Uint8Array(0);

/** A node without a DHT; with `serve`, it looks like a server of one. */
export async function bare(serve?: RawServer, options: object = {}): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [withLateAbort(tcp())],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() },
    ...options,
  });
  if (serve === undefined) return node;
  await node.handle(TEST_PROTOCOL, (stream, connection) => {
    serveRaw(stream, (request) => serve(request, connection.remotePeer));
  });
  return node;
}

function serveRaw(stream: Stream, answer: (request: AminoMessage) => RawAnswer): void {
  const reader = new FrameReader();
  stream.addEventListener('message', ({ data }) => {
    reader.push(plainBytes(data));
    for (let bytes = reader.next(); bytes !== null; bytes = reader.next()) {
      const request = decodeAmino(bytes);
      const reply = answer(request);
      if (reply === 'silence') continue;
      if (reply === 'reset') stream.abort(new Error('refused'));
      else stream.send(frame(reply instanceof Uint8Array ? reply : bytesOf(request, reply)));
    }
  });
  stream.addEventListener('remoteCloseWrite', () => void stream.close().catch(() => {}));
}

function bytesOf(request: AminoMessage, reply: Partial<AminoMessage>): Uint8Array {
  return encodeAmino({ ...request, record: null, closerPeers: [], providerPeers: [], ...reply });
}

/** A message with nothing in it but what is given. */
export function messageOf(parts: Partial<AminoMessage>): AminoMessage {
  const empty = { type: 'ping', key: NOTHING, record: null } as const;
  return { ...empty, closerPeers: [], providerPeers: [], ...parts };
}

/** A raw stream to a DHT. */
export async function streamTo(from: Libp2p, to: Libp2p): Promise<Stream> {
  return await from.dialProtocol(to.getMultiaddrs(), TEST_PROTOCOL, { maxOutboundStreams: 1_000 });
}

/** Asks a DHT something, in any bytes; rejects where it resets or closes the stream instead of answering. */
export async function askBytes(from: Libp2p, to: Libp2p, bytes: Uint8Array): Promise<AminoMessage> {
  const stream = await streamTo(from, to);
  try {
    return await answerOn(stream, () => stream.send(frame(bytes)));
  } finally {
    stream.abort(new Error('done'));
  }
}

/** Asks a DHT something. */
export async function ask(
  from: Libp2p,
  to: Libp2p,
  parts: Partial<AminoMessage>,
): Promise<AminoMessage> {
  return await askBytes(from, to, encodeAmino(messageOf(parts)));
}

/** Tells a DHT something that has no answer; resolves when it has been taken up. */
export async function tell(from: Libp2p, to: Libp2p, parts: Partial<AminoMessage>): Promise<void> {
  const stream = await streamTo(from, to);
  stream.send(frame(encodeAmino(messageOf(parts))));
  // Requests of a stream are answered in turn.
  await answerOn(stream, () => stream.send(frame(encodeAmino(messageOf({})))));
  stream.abort(new Error('done'));
}

/** The next answer on a stream, after `begin`. */
export function answerOn(stream: Stream, begin: () => void): Promise<AminoMessage> {
  const reader = new FrameReader();
  return new Promise((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      reader.push(plainBytes(data));
      const bytes = reader.next();
      if (bytes !== null) resolve(decodeAmino(bytes, 'response'));
    });
    stream.addEventListener('close', () => reject(new Error('the stream was closed')));
    stream.addEventListener('remoteCloseWrite', () => reject(new Error('the stream was ended')));
    begin();
  });
}

/** A field of protobuf that holds bytes: what no encoder of ours would write. */
export function field(tag: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Uint8Array.from([tag, ...length, rest, ...bytes]);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** An entry for a closer peer (0x42) or a provider (0x4a), in any bytes. */
export function rawPeer(tag: number, id: Uint8Array, addresses: readonly Uint8Array[]): Uint8Array {
  return field(tag, joined(field(0x0a, id), ...addresses.map((one) => field(0x12, one))));
}

/** What a node logs, as lines. */
export class LogLines {
  readonly lines: string[] = [];

  forComponent(name: string): ReturnType<Libp2p['logger']['forComponent']> {
    const write = (format: unknown, ...rest: unknown[]): void => {
      this.lines.push([name, format, ...rest].map(String).join(' '));
    };
    return Object.assign(write, {
      enabled: true,
      error: write,
      trace: () => {},
      newScope: (scope: string) => this.forComponent(`${name}:${scope}`),
    }) as ReturnType<Libp2p['logger']['forComponent']>;
  }
}
