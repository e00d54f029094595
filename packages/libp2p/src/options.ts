// The options of the service: those of `@libp2p/kad-dht`, and a few of our own.
import type { Profile } from '@kadscope/core';
import { AMINO } from '@kadscope/core';
import type { LiveTrace } from '@kadscope/core/trace';
import type { Logger } from '@libp2p/interface';
import { removePrivateAddressesMapper } from './mappers.ts';
import type { PeerInfoMapper } from './mappers.ts';
import type { Selectors, Validators } from './validators.ts';

/** The protocol of the public IPFS DHT. */
export const AMINO_PROTOCOL = '/ipfs/kad/1.0.0';

/** When and how content is announced again. */
export interface ReprovideInit {
  /** Announcements on their way at once; the engine's own limit is 160. */
  readonly concurrency?: number;
  readonly maxQueueSize?: number;
  /** Milliseconds before its end at which a record is announced again: 24 hours. */
  readonly threshold?: number;
  /** Milliseconds from one look to the next: an hour. */
  readonly interval?: number;
  /** Milliseconds that provider records live: 48 hours. */
  readonly validity?: number;
}

/** What the service can be told. All of it may be left out. */
export interface KadscopeInit {
  /** k: contacts in a bucket, holders of a record, results of a lookup. 20. */
  readonly kBucketSize?: number;
  /** Requests of a lookup in flight. 10. */
  readonly alpha?: number;
  /** Disjoint paths of a lookup. 1, where `@libp2p/kad-dht` takes 10 and asks ten times as many peers. */
  readonly disjointPaths?: number;
  /** true: client for ever. false: server at once. Otherwise server as long as it has a public address. */
  readonly clientMode?: boolean;
  readonly validators?: Validators;
  readonly selectors?: Selectors;
  /** Milliseconds from one lookup of the own key to the next: 5 minutes. */
  readonly querySelfInterval?: number;
  /** Whether operations begin when nobody is known yet; by default they wait for a first contact. */
  readonly allowQueryWithZeroPeers?: boolean;
  readonly protocol?: string;
  readonly logPrefix?: string;
  readonly datastorePrefix?: string;
  readonly metricsPrefix?: string;
  /** Streams of one connection at once: 32 and 64. */
  readonly maxInboundStreams?: number;
  readonly maxOutboundStreams?: number;
  readonly reprovide?: ReprovideInit;
  /** Changes what is known of peers that come in and go out; by default, only public addresses count. */
  readonly peerInfoMapper?: PeerInfoMapper;
  /** Bounds of the time for a dial in milliseconds; only `maxTimeout` is looked at: 10 s. */
  readonly networkDialTimeout?: { readonly maxTimeout?: number; readonly minTimeout?: number };
  /** A peer that asks has so many milliseconds for each request: 10 s. */
  readonly incomingMessageTimeout?: number;
  /** Parameters of the engine, besides those above. */
  readonly profile?: Partial<Profile>;
  /** Whether to provide at, and look in, the whole region of a key, which Sybils cannot crowd out. */
  readonly region?: boolean;
  /** Where every step of the engine is recorded; several nodes of a process may share one. */
  readonly live?: LiveTrace;
}

/** All options, with their defaults. */
export interface Settings {
  readonly profile: Profile;
  readonly protocol: string;
  readonly clientMode: boolean | undefined;
  readonly querySelfInterval: number;
  readonly allowQueryWithZeroPeers: boolean;
  readonly logPrefix: string;
  readonly datastorePrefix: string;
  readonly metricsPrefix: string;
  readonly maxInboundStreams: number;
  readonly maxOutboundStreams: number;
  readonly reprovideThreshold: number;
  readonly reprovideInterval: number;
  readonly peerInfoMapper: PeerInfoMapper;
  readonly dialTimeout: number;
  readonly incomingMessageTimeout: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Options of `@libp2p/kad-dht` that tune what this service does in another way, or not at all. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'kBucketSplitThreshold',
  'prefixLength',
  'routingTableUpdateQueueConcurrency',
  'routingTableUpdateMaxQueueSize',
  'initialQuerySelfInterval',
  'pingOldContactTimeout',
  'pingOldContactConcurrency',
  'pingOldContactMaxQueueSize',
  'pingNewContactTimeout',
  'pingNewContactConcurrency',
  'pingNewContactMaxQueueSize',
  'providers',
  'onPeerConnectTimeout',
]);

const KNOWN: ReadonlySet<string> = new Set<keyof KadscopeInit>([
  'kBucketSize',
  'alpha',
  'disjointPaths',
  'clientMode',
  'validators',
  'selectors',
  'querySelfInterval',
  'allowQueryWithZeroPeers',
  'protocol',
  'logPrefix',
  'datastorePrefix',
  'metricsPrefix',
  'maxInboundStreams',
  'maxOutboundStreams',
  'reprovide',
  'peerInfoMapper',
  'networkDialTimeout',
  'incomingMessageTimeout',
  'profile',
  'region',
  'live',
]);

/** Puts the options and their defaults together. Throws a `RangeError` at numbers that cannot be. */
export function settingsOf(init: KadscopeInit): Settings {
  const { reprovide = {}, region = false } = init;
  const profile: Profile = {
    ...AMINO,
    k: init.kBucketSize ?? AMINO.k,
    alpha: init.alpha ?? AMINO.alpha,
    initialAlpha: Math.min(AMINO.initialAlpha, init.alpha ?? AMINO.initialAlpha),
    beta: Math.min(AMINO.beta, init.kBucketSize ?? AMINO.beta),
    paths: init.disjointPaths ?? AMINO.paths,
    refreshIntervalMs: positive('querySelfInterval', init.querySelfInterval ?? 5 * MINUTE_MS),
    providerLifetimeMs: positive('reprovide.validity', reprovide.validity ?? 48 * HOUR_MS),
    regionStore: region,
    // Streams lose nothing.
    repeatsRequests: false,
    requestAttempts: 1,
    ...init.profile,
  };
  return {
    profile,
    protocol: init.protocol ?? AMINO_PROTOCOL,
    clientMode: init.clientMode,
    querySelfInterval: profile.refreshIntervalMs,
    allowQueryWithZeroPeers: init.allowQueryWithZeroPeers ?? false,
    logPrefix: init.logPrefix ?? 'libp2p:kad-dht',
    datastorePrefix: init.datastorePrefix ?? '/dht',
    metricsPrefix: init.metricsPrefix ?? 'libp2p_kad_dht',
    maxInboundStreams: positive('maxInboundStreams', init.maxInboundStreams ?? 32),
    maxOutboundStreams: positive('maxOutboundStreams', init.maxOutboundStreams ?? 64),
    reprovideThreshold: positive('reprovide.threshold', reprovide.threshold ?? 24 * HOUR_MS),
    reprovideInterval: positive('reprovide.interval', reprovide.interval ?? HOUR_MS),
    peerInfoMapper: init.peerInfoMapper ?? removePrivateAddressesMapper,
    dialTimeout: positive('networkDialTimeout', init.networkDialTimeout?.maxTimeout ?? 10_000),
    incomingMessageTimeout: positive(
      'incomingMessageTimeout',
      init.incomingMessageTimeout ?? 10_000,
    ),
  };
}

/** Says which options have no effect, and which there are not. */
export function warnOfOptions(init: KadscopeInit, log: Logger): void {
  for (const [name, value] of Object.entries(init)) {
    if (value === undefined || KNOWN.has(name)) continue;
    if (WITHOUT_EFFECT.has(name)) log('the option %s has no effect here', name);
    else log.error('there is no option %s', name);
  }
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} is ${value}; expected a number above 0`);
  return value;
}
