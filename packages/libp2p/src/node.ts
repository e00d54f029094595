// A node of the DHT on a libp2p node: its host, its disk, its streams, and what it does unasked.
import type { AminoMessage } from '@kadscope/core/wire';
import { ipGroup, isPublicAddress, isRelayed, NO_GROUP } from '@kadscope/core/wire';
import type { Connection, Logger, PeerId, Stream } from '@libp2p/interface';
import { NotStartedError } from '@libp2p/interface';
import { RECORD_BYTES_MAX, recordBytes } from './bytes.ts';
import { Clock } from './clock.ts';
import { Connections } from './components.ts';
import type { Components } from './components.ts';
import { ProtocolHandler } from './handler.ts';
import { DhtHost } from './host.ts';
import { NODE } from './key-book.ts';
import { serve } from './inbound.ts';
import { Joining } from './joining.ts';
import { Keeper } from './keeper.ts';
import type { Known } from './key-book.ts';
import { addressFilter } from './mappers.ts';
import { DhtMetrics } from './metrics.ts';
import type { KadscopeInit, Settings } from './options.ts';
import { settingsOf, warnOfOptions } from './options.ts';
import { addressBytes, bytesOfPeerId } from './peers.ts';
import { Records } from './records.ts';
import { Reprovider } from './reprovider.ts';
import { TableWatch } from './table-watch.ts';
import { unref } from './timers.ts';
import { Waiting } from './waiting.ts';
import { ValidatorBridge } from './validators.ts';

/** Milliseconds from one snapshot of the routing table to the next. */
const SNAPSHOT_MS = 60_000;

/** Whom a node tells what it does by itself. */
export interface NodeListener {
  /** A peer was heard of. */
  peer(peer: Known): void;
  reprovide(what: 'reprovide:start' | 'reprovide:end'): void;
}

type Mode = 'client' | 'server';

/** A DHT node. */
export class DhtNode {
  readonly settings: Settings;
  readonly host: DhtHost;
  readonly bridge: ValidatorBridge;
  readonly metrics: DhtMetrics;
  readonly table: TableWatch;
  readonly records: Records;
  readonly reprovider: Reprovider;
  readonly log: Logger;
  readonly #components: Components;
  readonly #keeper: Keeper;
  readonly #handler: ProtocolHandler;
  /** Connected peers that serve the protocol. */
  readonly #servers = new Set<string>();
  /** What peers have sent and nobody has read yet. */
  readonly #waiting = new Waiting();
  #mode: Mode;
  #isRunning = false;
  #topology: string | null = null;
  #snapshots: ReturnType<typeof setInterval> | null = null;
  readonly #joining: Joining;
  readonly #onSelf = (): void => void this.#followAddresses();
  readonly #onIdentify = (event: CustomEvent<Identified>): void => this.#identified(event.detail);
  readonly #onDisconnect = ({ detail }: CustomEvent<PeerId>): void =>
    this.host.disconnected(bytesOfPeerId(detail));

  constructor(components: Components, init: KadscopeInit, listener: NodeListener) {
    this.#components = components;
    const settings = settingsOf(init);
    this.settings = settings;
    this.log = components.logger.forComponent(settings.logPrefix);
    warnOfOptions(init, this.log);
    // Undecided nodes begin as clients.
    this.#mode = settings.clientMode === false ? 'server' : 'client';
    const clock = new Clock();
    const now = (): number => clock.now();
    this.bridge = new ValidatorBridge(init.validators ?? {}, init.selectors ?? {}, {
      now,
      log: this.log,
    });
    this.records = new Records(components.datastore, settings.datastorePrefix, this.log);
    this.#keeper = new Keeper({ records: this.records, bridge: this.bridge, log: this.log });
    const connections = new Connections(components, settings);
    this.host = new DhtHost({
      id: bytesOfPeerId(components.peerId),
      clock,
      settings,
      bridge: this.bridge,
      filter: addressFilter(settings.peerInfoMapper),
      live: init.live ?? null,
      open: (peer, signal) => connections.open(peer, signal),
      isConnected: (peer) => connections.isConnected(peer),
      ownAddresses: () => addressBytes(components.addressManager.getAddresses()),
      kept: (change) => this.#keeper.kept(change),
      result: () => {},
      peer: (peer) => listener.peer(peer),
      counted: (type, what) => this.metrics.sent(type, what),
      grown: () => this.#joining.grown(),
    });
    this.host.self.name(components.peerId);
    this.#handler = new ProtocolHandler({
      registrar: components.registrar,
      settings,
      isWanted: () => this.#isRunning && this.#mode === 'server',
      serve: (stream, connection) => this.#serve(stream, connection),
    });
    this.#joining = new Joining(this.host, () => void this.reprovider.look());
    this.#keeper.attach(this.host);
    this.table = new TableWatch(this.host, components.peerStore, this.log);
    this.metrics = new DhtMetrics(components.metrics, settings.metricsPrefix, {
      tableSize: () => this.table.size,
      bucketSizes: () => this.#bucketSizes(),
    });
    this.reprovider = new Reprovider({
      host: this.host,
      records: this.records,
      log: this.log,
      intervalMs: settings.reprovideInterval,
      thresholdMs: settings.reprovideThreshold,
      tell: (what) => listener.reprovide(what),
    });
  }

  get mode(): Mode {
    return this.#mode;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Bytes that peers have sent and nobody has read yet, with what they cost. */
  get waitingBytes(): number {
    return this.#waiting.total;
  }

  /** Brings back what was saved, and joins the network. Rejects, and leaves nothing behind, where libp2p refuses it. */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.host.timers.start();
    try {
      await this.#keeper.restore();
    } catch (error) {
      this.log.error('what was saved could not be brought back: %e', error);
    }
    this.host.engine.enter(NODE, this.#mode, this.host.now());
    try {
      await this.#handler.follow();
      await this.#listen();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.host.engine.startRefreshing(NODE, this.host.now());
    this.table.start();
    this.reprovider.start();
    this.#snapshots = setInterval(() => void this.#saveTable(), SNAPSHOT_MS);
    unref(this.#snapshots);
    this.#joining.start();
  }

  /** Leaves the network; what is known of it is saved. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const { registrar, events } = this.#components;
    if (this.#snapshots !== null) clearInterval(this.#snapshots);
    events.removeEventListener('self:peer:update', this.#onSelf);
    events.removeEventListener('peer:identify', this.#onIdentify);
    events.removeEventListener('peer:disconnect', this.#onDisconnect);
    if (this.#topology !== null) registrar.unregister(this.#topology);
    this.#topology = null;
    this.#joining.stop();
    this.table.stop();
    this.reprovider.stop();
    try {
      await this.#handler.follow();
    } catch (error) {
      // The disk of the peer store may be full: what is ours ends all the same.
      this.log.error('the protocol could not be given up: %e', error);
    }
    await this.#saveTable();
    const { engine } = this.host;
    engine.leave(NODE, this.host.now(), 'left');
    this.host.close();
    this.#servers.clear();
    await this.records.settled();
    // A start brings back what is on the disk, with its timers.
    engine.forget(NODE);
  }

  /** Waits until somebody is known who can be asked. Rejects with a `NotStartedError` where nobody ever will be. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#isRunning) throw new NotStartedError('the DHT is not started');
    if (this.settings.allowQueryWithZeroPeers || this.table.size > 0) return;
    await this.#joining.somebody(signal);
  }

  /** Answers requests of others from now on, or does not. */
  async setMode(mode: Mode, force = false): Promise<void> {
    if (mode === this.#mode && !force) return;
    this.#mode = mode;
    if (!this.#isRunning) return;
    this.host.engine.enter(NODE, mode, this.host.now());
    await this.#handler.follow();
  }

  /** Resolves when what the node itself has begun to keep is on the disk. */
  async saving(begin: () => void): Promise<void> {
    this.#keeper.release();
    begin();
    await this.#keeper.written();
  }

  /** Values that lie on the disk only are brought to the engine. */
  async load(key: Uint8Array): Promise<void> {
    await this.#keeper.load(key);
  }

  async #listen(): Promise<void> {
    const { registrar, events } = this.#components;
    this.#topology = await registrar.register(this.settings.protocol, {
      onConnect: (peer, connection) => this.#connected(peer, connection),
      onDisconnect: (peer) => void this.#servers.delete(peer.toString()),
    });
    events.addEventListener('peer:identify', this.#onIdentify);
    events.addEventListener('peer:disconnect', this.#onDisconnect);
    await this.#greet();
    if (this.settings.clientMode === undefined) {
      events.addEventListener('self:peer:update', this.#onSelf);
      await this.#followAddresses();
    }
  }

  /** Takes up those who are connected already: libp2p tells only of those who come. */
  async #greet(): Promise<void> {
    const { connectionManager, peerStore } = this.#components;
    for (const connection of connectionManager.getConnections()) {
      const { remotePeer } = connection;
      const peer = await peerStore.get(remotePeer).catch(() => null);
      if (peer === null) continue;
      const addresses = peer.addresses.map(({ multiaddr }) => multiaddr);
      this.host.connected(remotePeer, addressBytes(addresses));
      if (peer.protocols.includes(this.settings.protocol))
        await this.#connected(remotePeer, connection);
    }
  }

  /** A peer that serves the protocol is connected: it may enter the routing table when it has answered. */
  async #connected(peer: PeerId, connection: Connection): Promise<void> {
    this.#servers.add(peer.toString());
    try {
      const { addresses } = await this.#components.peerStore.get(peer);
      const known = addresses.map(({ multiaddr }) => multiaddr);
      if (connection.direction === 'outbound') known.push(connection.remoteAddr);
      this.host.meet(bytesOfPeerId(peer), addressBytes(known));
    } catch (error) {
      this.log.error('could not take %p up: %e', peer, error);
    }
  }

  /** Clients are found by those who look for them, too. */
  #identified({ peerId, listenAddrs }: Identified): void {
    this.host.connected(peerId, addressBytes(listenAddrs));
  }

  #serve(stream: Stream, connection: Connection): void {
    const { incomingMessageTimeout: timeoutMs } = this.settings;
    const { bytes } = connection.remoteAddr;
    const origin = isPublicAddress(bytes) ? ipGroup(bytes) : NO_GROUP;
    const answer = (
      id: PeerId,
      request: AminoMessage,
    ): Promise<Uint8Array | null> | Uint8Array | null => this.#answer({ id, origin }, request);
    serve(stream, connection, { answer, timeoutMs, waiting: this.#waiting, log: this.log });
  }

  #answer(from: Asker, request: AminoMessage): Promise<Uint8Array | null> | Uint8Array | null {
    const ended = this.metrics.received(request.type);
    const pending = this.#prepare(request);
    if (pending === undefined) {
      try {
        const reply = this.#reply(from, request);
        ended(false);
        return reply;
      } catch (error) {
        ended(true);
        throw error;
      }
    }
    return this.#answerLater(from, request, pending).then(
      (reply) => {
        ended(false);
        return reply;
      },
      (error: unknown) => {
        ended(true);
        throw error;
      },
    );
  }

  async #answerLater(
    from: Asker,
    request: AminoMessage,
    pending: Promise<void> | undefined,
  ): Promise<Uint8Array | null> {
    await pending;
    const reply = this.#reply(from, request);
    // What is acknowledged is on the disk.
    if (request.type === 'put-value') await this.#keeper.written();
    return reply;
  }

  /** What takes time before the engine can answer; mostly nothing. */
  #prepare({ type, key, record }: AminoMessage): Promise<void> | undefined {
    if (type === 'get-value') return this.#keeper.load(key);
    return type === 'put-value' ? this.#prepareToPut(record!) : undefined;
  }

  async #prepareToPut({ key, value }: NonNullable<AminoMessage['record']>): Promise<void> {
    await this.#keeper.load(key);
    await this.bridge.judge(key, value);
  }

  #reply({ id, origin }: Asker, request: AminoMessage): Uint8Array | null {
    const isStored = request.type === 'put-value' || request.type === 'add-provider';
    if (
      request.record !== null &&
      recordBytes(request.key, request.record.value) > RECORD_BYTES_MAX
    )
      throw new Error('a record is too large to be passed on');
    if (isStored && this.#keeper.isBusy) throw new Error('the disk is too slow for what is stored');
    const known = this.host.book.know(bytesOfPeerId(id), this.host.now());
    known.name(id);
    known.origin = origin;
    this.#keeper.release();
    const reply = this.host.receive(known, request, this.#servers.has(id.toString()));
    if (reply === 'refused') throw new Error(`a ${request.type} was refused`);
    return reply === 'nothing' ? null : reply;
  }

  async #saveTable(): Promise<void> {
    try {
      await this.#keeper.saveTable();
    } catch (error) {
      this.log.error('the routing table is not on the disk: %e', error);
    }
  }

  /** Whoever can be reached from everywhere serves. */
  async #followAddresses(): Promise<void> {
    const addresses = addressBytes(this.#components.addressManager.getAddresses());
    const isPublic = addresses.some((one) => isPublicAddress(one) && !isRelayed(one));
    try {
      await this.setMode(isPublic ? 'server' : 'client');
    } catch (error) {
      this.log.error('could not change the mode: %e', error);
    }
  }

  #bucketSizes(): number[] {
    const { tables } = this.host.engine;
    return Array.from({ length: tables.bucketCount(NODE) }, (_, index) =>
      tables.buckets.size(tables.bucket(NODE, index)),
    );
  }
}

/** Who asks, and from which group of networks. */
interface Asker {
  readonly id: PeerId;
  readonly origin: number;
}

/** What identify says of a peer. */
interface Identified {
  readonly peerId: PeerId;
  readonly listenAddrs: Parameters<typeof addressBytes>[0][number][];
}
