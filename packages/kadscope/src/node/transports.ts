// How a node talks to others: TCP, WebSockets, relays, and QUIC where it can be had.
import { withLateAbort } from '@kadscope/libp2p';
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { Transport } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import type { Libp2pInit } from 'libp2p';

type Transports = NonNullable<Libp2pInit['transports']>;

/** The transports, and why there is no QUIC; `null` when there is. */
export interface TransportPlan {
  readonly transports: Transports;
  readonly quicProblem: string | null;
}

/** Prebuilt for common systems only, and for newer versions of Node than the others. */
const QUIC_MODULE = '@chainsafe/libp2p-quic';

/** Loads what there is. `importModule` is there for tests. */
export async function loadTransports(
  importModule: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<TransportPlan> {
  const transports: Transports = [
    withLateAbort(tcp()),
    withLateAbort(webSockets()),
    circuitRelayTransport(),
  ];
  try {
    const { quic } = (await importModule(QUIC_MODULE)) as { quic: () => () => Transport };
    return { transports: [...transports, quic() as Transports[number]], quicProblem: null };
  } catch (error) {
    const reason =
      (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND'
        ? `${QUIC_MODULE} is not installed`
        : (error as Error).message.split('\n')[0]!;
    return { transports, quicProblem: reason };
  }
}

/** The port that a node listens on unless told otherwise; the next one is for WebSockets. */
const PORT = 4191;

/** Where a node listens unless told otherwise. `isPublic`: also at relays, as long as nobody else can reach it. */
export function defaultListen(hasQuic: boolean, isPublic: boolean): string[] {
  return [
    `/ip4/0.0.0.0/tcp/${PORT}`,
    `/ip6/::/tcp/${PORT}`,
    `/ip4/0.0.0.0/tcp/${PORT + 1}/ws`,
    ...(hasQuic ? [`/ip4/0.0.0.0/udp/${PORT}/quic-v1`] : []),
    ...(isPublic ? ['/p2p-circuit'] : []),
  ];
}
