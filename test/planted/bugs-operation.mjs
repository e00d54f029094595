// Mistakes about operations, explorations and sweeps.

const OPERATIONS = 'kademlia/operations.ts';
const COLLECTOR = 'kademlia/collector.ts';
const VALUE = 'kademlia/value-flow.ts';
const PROVIDER = 'kademlia/provider-flow.ts';
const CONTACT = 'kademlia/contact-flow.ts';
const EXPLORATION = 'kademlia/exploration.ts';
const SWEEP = 'kademlia/sweep-flow.ts';
const SIZE = 'kademlia/network-size.ts';

export const operationBugs = [
  {
    name: 'an operation ends twice',
    file: OPERATIONS,
    find: '    if (operation.outcome !== null) return;\n    operation.outcome = outcome;',
    replace: '    operation.outcome = outcome;',
    why: 'the guard is gone',
  },
  {
    name: 'an ended lookup still counts as running',
    file: OPERATIONS,
    find: '    operation.lookupsRunning--;\n',
    replace: '',
    why: 'forgetting to decrement',
  },
  {
    name: 'a direct request that ended still counts as pending',
    file: OPERATIONS,
    find: '    operation.pending--;\n',
    replace: '',
    why: 'forgetting to decrement',
  },
  {
    name: 'the targets still to come are not released',
    file: OPERATIONS,
    find: '    for (const target of operation.queue) keys.release(target);\n',
    replace: '',
    why: 'a leak when a refresh is cut short',
  },
  {
    name: 'the target of an operation is not released',
    file: OPERATIONS,
    find: '    keys.release(operation.target);\n',
    replace: '',
    why: 'a leak of one key for each operation',
  },
  {
    name: 'the cost of a lookup is that of the last one',
    file: OPERATIONS,
    find: '    operation.lookupRequests += requests;',
    replace: '    operation.lookupRequests = requests;',
    why: 'an assignment for a sum',
  },
  {
    name: 'a provider is named twice',
    file: COLLECTOR,
    find: '    if (operation.providers.includes(provider)) return;\n',
    replace: '',
    why: 'no check for duplicates',
  },
  {
    name: 'more providers than were wanted',
    file: COLLECTOR,
    find: '    if (operation.outcome !== null || hasEnough(operation)) return;',
    replace: '    if (operation.wanted < 0) return;',
    why: 'results after the end',
  },
  {
    name: 'what a lookup found is not waited for when it is put',
    file: VALUE,
    find: '      this.#parts.runner.request(operation, { contact, kind: PUT_VALUE, isAwaited: true }, now);\n    this.#finishPut(operation, now);',
    replace:
      '      this.#parts.runner.request(operation, { contact, kind: PUT_VALUE, isAwaited: false }, now);\n    this.#finishPut(operation, now);',
    why: 'nobody counts who stored it',
  },
  {
    name: 'refused values count as stored',
    file: VALUE,
    find: '      if (reply?.accepted === true) operation.count++;',
    replace: '      operation.count++;',
    why: 'failures count, too, and a put that nobody took succeeds',
  },
  {
    name: 'a provide ends with the first announcement',
    file: PROVIDER,
    find: '    const isOver = operation.pending === 0 && operation.lookupsRunning === 0;',
    replace: '    const isOver = operation.lookupsRunning === 0;',
    why: 'before anybody has it',
  },
  {
    name: 'a bootstrap goes on with nothing',
    file: CONTACT,
    find: '    this.#context.keys.release(target);\n  }\n\n  /** After the lookup',
    replace: '  }\n\n  /** After the lookup',
    why: 'a leak of one key for each bucket that is refreshed',
  },
  {
    name: 'findPeer takes anybody for the peer',
    file: CONTACT,
    find: '    if (message.from === operation.target) operation.reached = true;',
    replace: '    if (message.key === operation.target) operation.reached = true;',
    why: 'the wrong field: anybody will do',
  },
  {
    name: 'an exploration finds nodes outside of its region',
    file: EXPLORATION,
    find: '    const covered = commonPrefixLength(subtree.key, farthest) + 1;',
    replace: '    const covered = commonPrefixLength(subtree.key, farthest) - 2;',
    why: 'what is taken for covered is not: nodes are missed',
  },
  {
    name: 'an exploration names nodes twice',
    file: EXPLORATION,
    find: '    if (this.#known.has(node)) return;\n',
    replace: '',
    why: 'no check for duplicates',
  },
  {
    name: 'the target of an exploration is not released',
    file: EXPLORATION,
    find: '    this.#running.delete(target);\n    this.#keys.release(target);',
    replace: '    this.#running.delete(target);',
    why: 'a leak of one key for each lookup of a crawl',
  },
  {
    name: 'a sweep goes through its keys out of order',
    file: SWEEP,
    find: '      .toSorted(compareKeys)',
    replace: '      .toSorted((a, b) => compareKeys(b, a))',
    why: 'the wrong sign: whoever resumes leaves keys out',
  },
  {
    name: 'a sweep keeps its keys',
    file: SWEEP,
    find: '    for (const key of provided) keys.release(key);\n',
    replace: '',
    why: 'a leak of all keys',
  },
  {
    name: 'a sweep waits for nobody',
    file: SWEEP,
    find: '        { contact, kind: ADD_PROVIDER, isAwaited: true, key },',
    replace: '        { contact, kind: ADD_PROVIDER, isAwaited: false, key },',
    why: 'it ends before anything has arrived',
  },
  {
    name: 'the size of the network is taken from unsorted distances',
    file: SIZE,
    find: '    const nodes = (shape - 1) / (this.#k * sum) - (kept - 1) / kept;',
    replace: '    const nodes = (shape - 1) * (this.#k * sum) - (kept - 1) / kept;',
    why: 'multiplied where it should be divided',
  },
];
