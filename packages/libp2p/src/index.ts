// The Kadscope engine as a service of js-libp2p: a drop-in for `@libp2p/kad-dht`.
import './polyfill.ts';
import type { Components } from './components.ts';
import type { KadscopeInit } from './options.ts';
import { KadscopeDHT } from './service.ts';

export type { Components as KadDHTComponents } from './components.ts';
export { EventTypes, MessageType } from './events.ts';
export { withLateAbort } from './late-abort.ts';
export type {
  AddPeerEvent,
  DHTProgressEvents,
  DHTRecord,
  DialPeerEvent,
  FinalPeerEvent,
  PathEndedEvent,
  PeerResponseEvent,
  ProviderEvent,
  QueryErrorEvent,
  QueryEvent,
  QueryFacts,
  QueryPath,
  SendQueryEvent,
  ValueEvent,
} from './events.ts';
export {
  passthroughMapper,
  removePrivateAddressesMapper,
  removePublicAddressesMapper,
} from './mappers.ts';
export type { PeerInfoMapper } from './mappers.ts';
export { AMINO_PROTOCOL } from './options.ts';
export type { KadscopeInit, KadscopeInit as KadDHTInit, ReprovideInit } from './options.ts';
export { KadscopeDHT } from './service.ts';
export type {
  CrawlOptions,
  FindProvidersOptions,
  KadscopeDHT as KadDHT,
  KadscopeEvents,
  SetModeOptions,
} from './service.ts';
export type { SelectFn, Selectors, ValidateFn, Validators } from './validators.ts';
export { Libp2pRecord as Record } from '@libp2p/record';

/**
 * The DHT service, to be put among the services of a libp2p node beside `identify()` and `ping()`:
 * `createLibp2p({ services: { dht: kadscope(), identify: identify(), ping: ping() } })`.
 */
export function kadscope(init: KadscopeInit = {}): (components: Components) => KadscopeDHT {
  return (components) => new KadscopeDHT(components, init);
}

/** The same under the name that `@libp2p/kad-dht` has it by. */
export function kadDHT(init: KadscopeInit = {}): (components: Components) => KadscopeDHT {
  return kadscope(init);
}
