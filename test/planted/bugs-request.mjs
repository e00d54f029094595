// Mistakes about requests, answers and timers.

const REQUESTS = 'kademlia/requests.ts';
const RESPONDER = 'kademlia/responder.ts';
const ENGINE = 'kademlia/kademlia.ts';
const ROUND_TRIPS = 'kademlia/round-trips.ts';

export const requestBugs = [
  {
    name: 'an answer counts from whomever it comes',
    file: REQUESTS,
    find: '      this.#contacts[slot] === from &&\n',
    replace: '',
    why: 'the sender is not compared',
  },
  {
    name: 'an answer counts at whomever it reaches',
    file: REQUESTS,
    find: '      this.#nodes[slot] === node &&\n',
    replace: '',
    why: 'the receiver is not compared',
  },
  {
    name: 'the serial number of an answer is not compared',
    file: REQUESTS,
    find: '      this.isPending(slot, rpc) &&\n',
    replace: '      this.isPending(slot, rpc < 0 ? rpc : this.#serials[slot]!) &&\n',
    why: 'an answer to the last request in the slot is taken for one to this',
  },
  {
    name: 'serial numbers are used again',
    file: REQUESTS,
    find: '    this.#serials[slot] = this.#nextSerial++;',
    replace: '    this.#serials[slot] = this.#nextSerial++ & 31;',
    why: 'a short field',
  },
  {
    name: 'a request is repeated after its deadline',
    file: REQUESTS,
    find: '      now + this.roundTrips.softTimeoutMs(node) <= this.#deadline(slot)',
    replace: '      now <= this.#deadline(slot)',
    why: 'the last repetition has no time left to be answered',
  },
  {
    name: 'one attempt too many',
    file: REQUESTS,
    find: '      this.#attempts[slot]! < this.roundTrips.attempts(node) &&',
    replace: '      this.#attempts[slot]! <= this.roundTrips.attempts(node) &&',
    why: 'an off-by-one',
  },
  {
    name: 'each repetition has a deadline of its own',
    file: REQUESTS,
    find: '    if (this.#attempts[slot]!++ === 0) this.#sentAt[slot] = now;',
    replace: '    this.#attempts[slot]!++;\n    this.#sentAt[slot] = now;',
    why: 'attempts are to share one',
  },
  {
    name: 'the key of a request is not released',
    file: REQUESTS,
    find: '    if (this.#keys[slot]! >= 0) this.#context.keys.release(this.#keys[slot]!);\n',
    replace: '',
    why: 'a leak of one reference for each request',
  },
  {
    name: 'the key of a request is not held',
    file: REQUESTS,
    find: '    if (order.key >= 0) this.#context.keys.retain(order.key);\n',
    replace: '',
    why: 'it is released all the same',
  },
  {
    name: 'a request that has ended stays in its slot',
    file: REQUESTS,
    find: '    this.#records[slot] = null;\n    this.#serials[slot] = -1;',
    replace: '    this.#records[slot] = null;',
    why: 'a late answer finds it and ends it once more',
  },
  {
    name: 'a request that is given up has no timer',
    file: REQUESTS,
    find: '    this.#context.host.setTimer(deadline, REQUEST_TIMER, slot, this.#serials[slot]!);\n',
    replace: '',
    why: 'its slot is never free again',
  },
  {
    name: 'the timer of a request does not say whose it is',
    file: ENGINE,
    find: '  #requestOverdue(slot: number, serial: number, now: number): void {\n    const { requests } = this;\n    if (!requests.isPending(slot, serial)) return;',
    replace:
      '  #requestOverdue(slot: number, serial: number, now: number): void {\n    const { requests } = this;\n    if (requests.serial(slot) < 0) return;',
    why: 'a stale timer is accepted',
  },
  {
    name: 'an answer does not end its request',
    file: ENGINE,
    find: '        this.#operations.requestEnded(owner, message.from, message, now);\n    }\n    this.#end(slot, now);',
    replace: '        this.#operations.requestEnded(owner, message.from, message, now);\n    }',
    why: 'a second copy of the answer counts once more',
  },
  {
    name: 'a node that is offline asks once more',
    file: ENGINE,
    find: '    if (!this.#context.self.isActive(requests.node(slot)) || requests.isGivenUp(slot)) {\n',
    replace: '    if (requests.isGivenUp(slot)) {\n',
    why: 'the state of the node is not looked at',
  },
  {
    name: 'clients answer',
    file: ENGINE,
    find: '    if (!self.isServer(node)) return;\n',
    replace: '',
    why: 'the mode of the node is not looked at',
  },
  {
    name: 'an overdue request is not noted as such',
    file: ENGINE,
    find: '    this.requests.stall(slot);\n',
    replace: '',
    why: 'its lookup makes room for another at each repetition',
  },
  {
    name: 'a failed request leaves its contact in the table',
    file: ENGINE,
    find: '      this.tables.remove(node, contact, now);\n    const ownerType',
    replace: '      this.tables.contains(node, contact);\n    const ownerType',
    why: 'dead contacts stay for ever',
  },
  {
    name: 'an answer carries the contacts of the one before',
    file: RESPONDER,
    find: '    reply.contactCount = 0;\n',
    replace: '',
    why: 'a reused message that is not cleared',
  },
  {
    name: 'an answer carries the value of the one before',
    file: RESPONDER,
    find: '    reply.record = null;\n',
    replace: '',
    why: 'a reused message that is not cleared',
  },
  {
    name: 'an answer names another slot',
    file: RESPONDER,
    find: '    reply.slot = request.slot;',
    replace: '    reply.slot = request.rpc;',
    why: 'two fields mixed up',
  },
  {
    name: 'a value comes without contacts',
    file: RESPONDER,
    find: '        reply.record = this.#parts.values.get(node, request.key, now)?.record ?? null;\n        this.#addClosest(node, request);',
    replace:
      '        reply.record = this.#parts.values.get(node, request.key, now)?.record ?? null;\n        if (reply.record === null) this.#addClosest(node, request);',
    why: 'a lookup that wants more than one value ends there',
  },
  {
    name: 'the announcement of a provider is not kept',
    file: RESPONDER,
    find: '        reply.accepted = this.#parts.keeper.provide(node, request.key, request.from, now);',
    replace: '        reply.accepted = request.from >= 0 && now >= 0;',
    why: 'accepted, and not stored',
  },
  {
    name: 'a timeout follows the mean alone',
    file: ROUND_TRIPS,
    find: '    return Math.min(Math.max(timeout, leastSoftTimeoutMs), requestTimeoutMs);',
    replace: '    return timeout;',
    why: 'no bounds',
  },
];
