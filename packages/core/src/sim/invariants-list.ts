// What must hold while a simulation runs, by name. docs/invariants.md says why, and where each is checked.

/** All invariants, each with what it asserts. */
export const INVARIANTS = {
  // Keys.
  'key-metric': 'distances of handles are distances of keys',
  'key-held': 'a key in use is held, and found under its bytes',
  'keys-released': 'when nothing is left to happen, only the keys of nodes are held',
  // Routing tables.
  'bucket-range': 'a contact lies in the bucket of the prefix that it shares with the node',
  'bucket-unique': 'no contact is in a table twice',
  'bucket-self': 'no node is its own contact',
  'bucket-size': 'a bucket holds k contacts at most, and a table as many buckets as keys have bits',
  'bucket-order': 'contacts lie in the order of their last sign of life',
  'bucket-flags': 'the directory of a table knows which buckets are full',
  'bucket-owner': 'every bucket in use belongs to exactly one table',
  'bucket-probe': 'a bucket that waits for a ping has one on its way',
  'replacement-cache': 'newcomers wait at full buckets only: a bounded number, each once',
  'contact-server': 'contacts are nodes in server mode',
  'contact-proved': 'a contact enters a table only when it proved to be alive',
  'contact-kept': 'a contact leaves a table only when it did not answer',
  'contact-failed': 'whoever does not answer, while others do, is no contact any more',
  'contact-learned': 'whoever answers is a contact from then on, unless its bucket is full',
  // Lookups.
  'lookup-sorted': 'a shortlist is sorted by distance, and bounded',
  'lookup-unique': 'a shortlist names nobody twice, and never the one who looks up',
  'lookup-waiting': 'a lookup waits for exactly those whom it has asked',
  'lookup-in-flight': 'a lookup counts its requests whose answers are not overdue',
  'lookup-alive': 'a lookup that has not ended waits for an answer',
  'lookup-alpha': 'while a lookup converges, as many requests are in flight as its window allows',
  'lookup-greedy': 'a lookup asks the closest contact that it has not asked, among the k closest',
  'lookup-once': 'a lookup asks nobody twice, except those that it had given up, once',
  'lookup-disjoint': 'no two paths of a lookup ask the same contact',
  'lookup-complete': 'a lookup that ended has an answer from each of the k closest it could reach',
  'lookup-results': 'the result of a lookup is the closest contacts that answered, nearest first',
  'lookup-answered': 'whoever is in a result has answered',
  // Requests.
  'request-slots': 'every slot is taken or free, and its request is the one that was sent',
  'request-serial': 'serial numbers are never used again',
  'request-repeated': 'a repetition is the same message, sent when the last one was overdue',
  'request-attempts': 'a request is sent as often as its node holds to be worthwhile',
  'request-timer': 'every request has a timer that will ring',
  'request-deadline': 'no request and none of its timers outlives its deadline',
  'request-ended': 'an answer ends its request',
  'reply-bound': 'an answer that was not asked for changes nothing',
  'timer-bound': 'the timer of a request that has ended does nothing',
  'timeout-bounds': 'timeouts and attempts stay within what the profile says',
  'newcomer-checks': 'newcomers that are being checked are being asked',
  // Answers.
  'answer-owed': 'a server answers each request once, and nothing else',
  'answer-address': 'an answer goes to whoever asked, and says what it answers',
  'answer-server': 'only servers answer, and they say that they are servers',
  'answer-contacts':
    'an answer names k contacts at most, nobody twice, and neither side of the talk',
  'answer-closest': 'an answer names the closest contacts that the node has',
  'answer-value': 'an answer brings the value that the node holds, unless its time is over',
  'answer-providers':
    'an answer brings the providers that the node knows, unless their time is over',
  // Messages and time.
  'sender-online': 'a node that is offline sends nothing',
  'messages-conserved': 'what was sent has arrived, was dropped, or is on its way',
  'time-monotone': 'time never goes back',
  'timer-future': 'no timer is set in the past',
  'refresh-timer': 'a node that refreshes has one timer for it',
  // Stores.
  'store-counts': 'a store counts what it holds',
  'store-limits': 'a node holds no more records than its limits allow',
  'record-lifetime': 'a record lives as long as the profile says, from when it was stored',
  'record-expiry': 'a record whose time is over goes',
  'record-valid': 'a value that is held is valid, and lies under the hash of its key',
  'record-kept': 'what a node has accepted it holds',
  'provider-announced': 'a provider has announced itself',
  // Operations.
  'operation-once': 'an operation ends once, and nothing comes after its end',
  'operation-alive': 'an operation that has not ended waits for something',
  'operation-outcome': 'an operation ends as its results say',
  'operation-results': 'results are distinct, counted, and no more than were wanted',
  'operation-proved': 'whoever took a record, or is the peer that was looked for, has said so',
  'operation-costs': 'an operation knows how many nodes its lookups asked',
  'value-valid': 'a value that is found is valid',
  'nodes-explored': 'an exploration finds every node once, and only of its region',
  'sweep-progress': 'a sweep goes through the keyspace in order, and through every key once',
  'size-finite': 'an estimate of the size of the network is a number of nodes',
} as const;

/** The name of an invariant. */
export type InvariantName = keyof typeof INVARIANTS;

/** An invariant is broken: which, when and where, and how to see it again. */
export class Violation extends Error {
  readonly invariant: InvariantName;

  constructor(invariant: InvariantName, message: string) {
    super(`kadscope: broken invariant: ${message}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}
