// Mistakes about lookups, their shortlists and their paths.

const LOOKUP = 'kademlia/lookup.ts';
const POOL = 'kademlia/lookup-pool.ts';
const LIST = 'kademlia/shortlist.ts';
const DISJOINT = 'kademlia/disjoint.ts';

export const lookupBugs = [
  {
    name: 'alpha is ignored',
    file: POOL,
    find: '    return Math.min(alpha, initialAlpha + this.asked[lookup]! - this.inFlight[lookup]!);',
    replace: '    return alpha + initialAlpha + this.asked[lookup]! - this.inFlight[lookup]!;',
    why: 'a sum for a minimum',
  },
  {
    name: 'one request more than alpha',
    file: LOOKUP,
    find: '      if (this.pool.inFlight[lookup]! >= limit) return;',
    replace: '      if (this.pool.inFlight[lookup]! > limit) return;',
    why: 'an off-by-one',
  },
  {
    name: 'an answer does not make room for the next request',
    file: LOOKUP,
    find: '    if (position >= 0) list.setState(lookup, position, QUERIED);\n    if (this.#requests.isAwaited(slot)) this.pool.inFlight[lookup]!--;',
    replace: '    if (position >= 0) list.setState(lookup, position, QUERIED);',
    why: 'a count that is not taken back',
  },
  {
    name: 'an answer that was overdue makes room twice',
    file: LOOKUP,
    find: '    if (this.#requests.isAwaited(slot)) this.pool.inFlight[lookup]!--;\n    this.pool.bytes[lookup]! += this.#requests.bytes(slot) + estimateBytes(message);',
    replace:
      '    this.pool.inFlight[lookup]!--;\n    this.pool.bytes[lookup]! += this.#requests.bytes(slot) + estimateBytes(message);',
    why: 'stalled and answered, both counted',
  },
  {
    name: 'a lookup ends when beta contacts have answered',
    file: LOOKUP,
    find: '    if (this.pool.phases[lookup] === CONFIRMING && this.shortlists.haveAnswered(lookup, k)) {',
    replace:
      '    if (this.pool.phases[lookup] === CONFIRMING && this.shortlists.haveAnswered(lookup, beta)) {',
    why: 'nothing is confirmed',
  },
  {
    name: 'a lookup asks all contacts that it hears of',
    file: LOOKUP,
    find: '    for (let i = 0; i < list.length(lookup) && reachable < k; i++) {',
    replace: '    for (let i = 0; i < list.length(lookup); i++) {',
    why: 'a bound left out',
  },
  {
    name: 'a contact that failed counts as one that answered',
    file: LOOKUP,
    find: '      this.shortlists.setState(lookup, position, UNREACHABLE);',
    replace: '      this.shortlists.setState(lookup, position, QUERIED);',
    why: 'dead nodes in results',
  },
  {
    name: 'a failure does not let the lookup go on',
    file: LOOKUP,
    find: '      rpc: this.#requests.serial(slot),\n    });\n    if (this.#isRunning(lookup)) this.#advance(lookup, now);\n  }\n\n  /** Ends those lookups',
    replace: '      rpc: this.#requests.serial(slot),\n    });\n  }\n\n  /** Ends those lookups',
    why: 'a lookup whose last request fails waits for ever',
  },
  {
    name: 'answers reach whatever lookup has the place now',
    file: LOOKUP,
    find: '    return this.pool.serials[lookup] === this.#requests.lookup(slot) ? lookup : -1;',
    replace: '    return this.pool.serials[lookup]! >= 0 ? lookup : -1;',
    why: 'a stale owner: the serial number is not compared',
  },
  {
    name: 'the target of a lookup is not held',
    file: LOOKUP,
    find: '    this.#context.keys.retain(target);\n',
    replace: '',
    why: 'released all the same at the end',
  },
  {
    name: 'the target of a lookup is never released',
    file: LOOKUP,
    find: '    this.#context.keys.release(this.pool.targets[lookup]!);\n',
    replace: '',
    why: 'a leak of one key for each lookup',
  },
  {
    name: 'a lookup begins with nobody',
    file: LOOKUP,
    find: '    this.#hear(lookup, this.#seeds, count, { hop: 1, now });\n    this.#hearSeeds',
    replace:
      '    this.#hear(lookup, this.#seeds, Math.min(count, 0), { hop: 1, now });\n    this.#hearSeeds',
    why: 'a wrong bound: the contacts of the table are not heard of',
  },
  {
    name: 'a lookup finds the node that looks up',
    file: LIST,
    find: '    this.#unseen(list, this.#one, 1);\n  }\n\n  length',
    replace: '  }\n\n  length',
    why: 'the origin is not noted as known',
  },
  {
    name: 'a shortlist takes everybody anew',
    file: LIST,
    find: '      if (other !== 0) continue;',
    replace: '      if (other < 0) continue;',
    why: 'no duplicates are found by the set',
  },
  {
    name: 'whoever is unreachable is not counted',
    file: LIST,
    find: '    if (state === UNREACHABLE) this.#unreachable[list]!++;\n',
    replace: '',
    why: 'the count is only ever taken back',
  },
  {
    name: 'new contacts enter one position too far',
    file: LIST,
    find: '      if (distances[at - 1]! < distance) continue;',
    replace: '      if (distances[at - 1]! <= distance) continue;',
    why: 'ties go unseen',
  },
  {
    name: 'a shortlist is sorted by the farthest first',
    file: LIST,
    find: '    for (; at > start && distances[at - 1]! <= distance; at--) {',
    replace: '    for (; at > start && distances[at - 1]! >= distance; at--) {',
    why: 'a comparison the wrong way round',
  },
  {
    name: 'those that are waited for count as answered',
    file: LIST,
    find: '      if (state === HEARD || state === WAITING) return false;',
    replace: '      if (state === HEARD) return false;',
    why: 'a lookup ends before its answers have come',
  },
  {
    name: 'the nearest contact is not looked at',
    file: LIST,
    find: '    for (let at = last; at > first && answered < count; at--) {',
    replace: '    for (let at = last - 1; at > first && answered < count; at--) {',
    why: 'an off-by-one at the near end',
  },
  {
    name: 'two paths ask the same contact',
    file: DISJOINT,
    find: '    return this.#groups.get(group)!.claims.has(contact);',
    replace: '    return this.#groups.get(group)!.claims.get(contact) === -1;',
    why: 'paths are not disjoint',
  },
  {
    name: 'whom a path waits for counts as answered when paths are joined',
    file: DISJOINT,
    find: '        const state = known === WAITING ? HEARD : known;',
    replace: '        const state = known === WAITING ? 2 : known;',
    why: 'the wrong constant: QUERIED',
  },
  {
    name: 'paths are not given back',
    file: DISJOINT,
    find: '    for (const path of group.paths) lookups.release(path);\n    lookups.resume(joined, group.end, now);',
    replace: '    lookups.resume(joined, group.end, now);',
    why: 'places and keys leak',
  },
];
