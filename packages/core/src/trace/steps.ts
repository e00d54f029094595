// Every place at which the engine and the simulator report, in one table.
//
// A step's id is the literal first argument of exactly one `step('…')` call in the source; a build
// step finds that call and so knows file, line and function of every event (the source anchor), and
// `causes` says which earlier events of the same turn can lead to it: the latest did. When none of
// them happened in this turn, the input that opened the turn is the cause.
import type { EventType } from './event.ts';

/** The id of every step, in the order of the `step` column: append only. */
export const STEP_IDS = [
  'operation.started',
  'provider.found',
  'operation.finished',
  'lookup.started',
  'lookup.heard',
  'lookup.queried',
  'lookup.answered',
  'lookup.failed',
  'lookup.advanced',
  'lookup.finished',
  'rpc.sent',
  'rpc.received',
  'rpc.failed',
  'responder.received',
  'responder.answered',
  'table.added',
  'table.removed',
  'table.split',
  'table.probed',
  'record.stored',
  'record.refused',
  'record.expired',
  'provider.stored',
  'provider.expired',
  'refresh.started',
  'node.entered',
  'node.left',
  'rpc.late',
  'network.dropped',
  'exchange.wanted',
  'exchange.sent',
  'exchange.asked',
  'exchange.received',
  'exchange.failed',
  'table.restored',
  'value.found',
  'value.refused',
  'lookup.stalled',
  'rpc.delivered',
  'lookup.alarmed',
  'record.evicted',
  'provider.evicted',
  'provider.refused',
] as const;

/** The id of a step: the literal at its one call site. */
export type StepId = (typeof STEP_IDS)[number];

/** What the table says of one step. */
export interface Step {
  readonly type: EventType;
  readonly causes: readonly StepId[];
  /** What the code does at this place, as a short heading. */
  readonly title: string;
  /** Why it does so, with the section of the paper or specification. */
  readonly why: string;
}

/** The table, by id. */
export const STEPS: Readonly<Record<StepId, Step>> = {
  'operation.started': {
    type: 'operationStarted',
    causes: [],
    title: 'An operation of the routing interface starts',
    why: 'Each of the seven operations is composed of lookups and direct requests; everything that follows carries this operation.',
  },
  'provider.found': {
    type: 'operationProgressed',
    causes: ['lookup.answered', 'rpc.received', 'operation.started'],
    title: 'A provider is found',
    why: 'Results are streamed: a caller can fetch from the first provider while the lookup goes on.',
  },
  'operation.finished': {
    type: 'operationFinished',
    causes: [
      'lookup.finished',
      'rpc.failed',
      'rpc.received',
      'rpc.delivered',
      'provider.found',
      'value.found',
      'operation.started',
    ],
    title: 'The operation ends',
    why: 'It ends when its answer is known, and says how: found, stored, or why not.',
  },
  'lookup.started': {
    type: 'lookupStarted',
    causes: ['operation.started', 'lookup.finished'],
    title: 'An iterative lookup starts',
    why: 'The origin seeds the shortlist with the k contacts of its own routing table that are closest to the target (§2.3).',
  },
  'lookup.heard': {
    type: 'lookupHeard',
    causes: ['lookup.answered', 'lookup.started'],
    title: 'A contact enters the shortlist',
    why: 'Only contacts that were not seen before enter, so every node is asked at most once and the lookup must end.',
  },
  'lookup.queried': {
    type: 'lookupQueried',
    causes: ['lookup.answered', 'lookup.failed', 'lookup.stalled', 'lookup.started'],
    title: 'The closest contact not asked yet is queried',
    why: 'Up to alpha requests are in flight at once, always to the closest candidates (§2.3).',
  },
  'lookup.answered': {
    type: 'lookupAnswered',
    causes: ['rpc.received'],
    title: 'A node answers with the closest contacts it knows',
    why: 'An answer proves that the node is alive and usually halves the remaining distance several times (§2.3).',
  },
  'lookup.failed': {
    type: 'lookupFailed',
    causes: ['rpc.failed'],
    title: 'A node did not answer',
    why: 'It leaves consideration (§2.3): an unreachable node may not be among the closest nodes that the lookup returns.',
  },
  'lookup.advanced': {
    type: 'lookupAdvanced',
    causes: ['lookup.answered'],
    title: 'The lookup comes closer to its target',
    why: 'The best known distance shrinks; each such hop gains about 5.7 bits with k = 20, which is why lookups take O(log n) hops.',
  },
  'lookup.finished': {
    type: 'lookupFinished',
    causes: ['lookup.answered', 'lookup.failed', 'lookup.queried', 'lookup.started'],
    title: 'The lookup ends',
    why: 'It stops when the closest reachable contacts have all answered (paper: k of them; IPFS: beta, then the rest of the k at once), or when its caller knows enough.',
  },
  'rpc.sent': {
    type: 'messageSent',
    causes: [
      'lookup.queried',
      'table.probed',
      'lookup.answered',
      'lookup.finished',
      'operation.started',
    ],
    title: 'A request is sent',
    why: 'Each request has an id and a deadline; only an answer from the asked node with the same id counts.',
  },
  'rpc.received': {
    type: 'messageReceived',
    causes: [],
    title: 'A response arrives',
    why: 'It is bound to its request: only the node that was asked can answer it, once.',
  },
  'rpc.failed': {
    type: 'requestFailed',
    causes: [],
    title: 'A request fails',
    why: 'No answer in time, or the node could not be reached: the world’s failure is data, not an exception.',
  },
  'responder.received': {
    type: 'messageReceived',
    causes: [],
    title: 'A request arrives',
    why: 'A node in server mode answers every request from its own routing table and stores.',
  },
  'responder.answered': {
    type: 'messageSent',
    causes: ['responder.received'],
    title: 'A response is sent',
    why: 'It carries the k closest contacts that the node knows, and the value or providers that it holds for the key (§2.3).',
  },
  'table.added': {
    type: 'contactAdded',
    causes: ['rpc.received', 'responder.received', 'rpc.failed', 'operation.started'],
    title: 'A contact enters a k-bucket',
    why: 'The bucket is chosen by the length of the prefix that the contact shares with the node (§2.2).',
  },
  'table.removed': {
    type: 'contactRemoved',
    causes: ['rpc.failed'],
    title: 'A contact leaves its k-bucket',
    why: 'It did not answer; live contacts are never removed, because the longer a node has been up, the longer it is likely to remain (§2.2, fig. 1).',
  },
  'table.split': {
    type: 'bucketSplit',
    causes: ['rpc.received', 'responder.received', 'rpc.failed', 'operation.started'],
    title: 'The last k-bucket splits',
    why: 'Only the bucket whose range holds the node’s own id splits (§2.4), so a node knows its neighbourhood in full and the far half by k contacts.',
  },
  'table.probed': {
    type: 'nodeStateChange',
    causes: ['rpc.received', 'responder.received'],
    title: 'The least recently seen contact is pinged',
    why: 'Its bucket is full and a newcomer waits in the replacement cache: the old contact keeps its place if it answers (§2.2, §4.1).',
  },
  'record.stored': {
    type: 'recordStored',
    causes: ['responder.received', 'operation.started'],
    title: 'A value record is stored',
    why: 'The validator of its namespace accepted it, and it is not worse than the one stored before.',
  },
  'record.refused': {
    type: 'nodeStateChange',
    causes: ['responder.received', 'operation.started'],
    title: 'A value record is refused',
    why: 'A record that its validator rejects, or that is worse than the stored one, must not replace it.',
  },
  'record.expired': {
    type: 'recordRemoved',
    causes: [],
    title: 'A value record expires',
    why: 'Records live for a limited time, so that a network forgets what nobody republishes (§2.5).',
  },
  'provider.stored': {
    type: 'recordStored',
    causes: ['responder.received', 'operation.started'],
    title: 'A provider record is stored',
    why: 'It says who has the content; only the provider itself may announce itself.',
  },
  'provider.expired': {
    type: 'recordRemoved',
    causes: [],
    title: 'A provider record expires',
    why: 'A provider that stops reproviding disappears after the validity of its record.',
  },
  'refresh.started': {
    type: 'nodeStateChange',
    causes: [],
    title: 'A k-bucket is refreshed',
    why: 'A bucket in which nothing was looked up for a while gets a lookup of a random key of its range (§2.3).',
  },
  'node.entered': {
    type: 'nodeEntered',
    causes: [],
    title: 'A node enters the network',
    why: 'A newcomer knows one node, and the lookup of its own id introduces it to its neighbourhood (§2.3); a node that was there before starts with the contacts it had.',
  },
  'node.left': {
    type: 'nodeExited',
    causes: [],
    title: 'A node leaves the network',
    why: 'Nobody is told, in Kademlia: others notice when it no longer answers.',
  },
  'rpc.late': {
    type: 'messageReceived',
    causes: [],
    title: 'A response arrives too late',
    why: 'Its request had already failed, so the engine ignores it.',
  },
  'network.dropped': {
    type: 'messageDropped',
    causes: [],
    title: 'The network loses a message',
    why: 'The simulated network drops messages at random, and those to nodes that are gone or silent.',
  },
  'exchange.wanted': {
    type: 'messageSent',
    causes: ['provider.found', 'operation.finished'],
    title: 'A block is asked for',
    why: 'The DHT only says who has the content; the block itself comes from the provider, and its hash proves it.',
  },
  'exchange.sent': {
    type: 'messageSent',
    causes: ['exchange.asked'],
    title: 'A block is sent',
    why: 'The provider answers with the bytes of the block.',
  },
  'exchange.asked': {
    type: 'messageReceived',
    causes: [],
    title: 'A request for a block arrives',
    why: 'The provider looks the block up by its hash.',
  },
  'exchange.received': {
    type: 'messageReceived',
    causes: [],
    title: 'A block arrives',
    why: 'It is hashed again: bytes that do not match their CID are thrown away.',
  },
  'exchange.failed': {
    type: 'requestFailed',
    causes: [],
    title: 'A block does not come',
    why: 'The provider did not send it in time, or what it sent does not hash to the CID: another provider may have it.',
  },
  'table.restored': {
    type: 'tableRestored',
    causes: [],
    title: 'A routing table is restored',
    why: 'A node that has been up for long, or that kept a snapshot, starts with the contacts it knew.',
  },
  'value.found': {
    type: 'operationProgressed',
    causes: ['lookup.answered', 'operation.started'],
    title: 'A better value is found',
    why: 'The first valid value is handed on at once, and again whenever a later answer has a better one.',
  },
  'value.refused': {
    type: 'nodeStateChange',
    causes: ['lookup.answered'],
    title: 'A value does not prove itself',
    why: 'Anybody can answer anything: a value that its validator rejects counts as no value.',
  },
  'lookup.stalled': {
    type: 'lookupStalled',
    causes: [],
    title: 'An answer is overdue',
    why: 'It takes longer than answers take, as the node has measured: another contact is asked meanwhile, and the answer counts whenever it comes.',
  },
  'rpc.delivered': {
    type: 'requestDelivered',
    causes: [],
    title: 'A message without a response arrives',
    why: 'The IPFS DHT does not answer ADD_PROVIDER; the transport says that the message arrived, and nobody says that it was accepted.',
  },
  'record.evicted': {
    type: 'recordRemoved',
    causes: ['responder.received', 'operation.started'],
    title: 'A value record gives way',
    why: 'The node is full, and a key that is nearer to its own needs the room: others are more responsible for this one.',
  },
  'provider.evicted': {
    type: 'recordRemoved',
    causes: ['responder.received', 'operation.started'],
    title: 'A provider record gives way',
    why: 'The node is full, and a key that is nearer to its own needs the room: others are more responsible for this one.',
  },
  'provider.refused': {
    type: 'nodeStateChange',
    causes: ['responder.received', 'operation.started'],
    title: 'A provider record is refused',
    why: 'The node, the key, the provider or its address range has as many records as it may: what is held stays, so that nobody can push others out.',
  },
  'lookup.alarmed': {
    type: 'nodeStateChange',
    causes: ['lookup.finished'],
    title: 'The neighbourhood of the key is too dense',
    why: 'The nodes found are closer to the key than chance allows in a network of this size: somebody may have made ids next to it, to hide its records.',
  },
};
