// The nodes of one test, which end with it.
import type { AminoMessage, AminoPeer } from '@kadscope/core/wire';
import type { Libp2p } from '@libp2p/interface';
import { addressBytes, bytesOfPeerId } from '../peers.ts';
import { ours, until } from './network.ts';
import type { OurNode } from './network.ts';
import { bare, messageOf } from './raw.ts';
import { selectors, validators } from './values.ts';

const fleet: Libp2p[] = [];

/** A node with our service, which knows the values of tests. */
export async function own(
  init: Parameters<typeof ours>[0] = {},
  options: object = {},
): Promise<OurNode> {
  const node = await ours({ validators, selectors, ...init }, options);
  fleet.push(node);
  return node;
}

/** A node without one. */
export async function peer(...args: Parameters<typeof bare>): Promise<Libp2p> {
  const node = await bare(...args);
  fleet.push(node);
  return node;
}

/** Stops all nodes of the test. */
export async function stopAll(): Promise<void> {
  await Promise.all(fleet.splice(0).map(async (node) => await node.stop()));
}

export function idOf(node: Libp2p): Uint8Array {
  return bytesOfPeerId(node.peerId);
}

/** A node as messages name it. */
export function entryOf(node: Libp2p): AminoPeer {
  return { id: idOf(node), addresses: addressBytes(node.getMultiaddrs()), connection: 0 };
}

/** The request to store a value. */
export function putOf(key: Uint8Array, value: Uint8Array): AminoMessage {
  return messageOf({ type: 'put-value', key, record: { key, value, timeReceived: '' } });
}

/** Waits until a node has so many contacts. */
export function knows(node: OurNode, count: number): Promise<void> {
  return until(() => node.services.dht.routingTable.size >= count, `${count} contacts`);
}
