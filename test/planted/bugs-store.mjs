// Mistakes about records.

const VALUES = 'store/value-store.ts';
const PROVIDERS = 'store/provider-store.ts';
const PLACES = 'store/place.ts';
const QUOTA = 'store/quota.ts';
const KEEPER = 'kademlia/record-keeper.ts';
const VALIDATE = 'store/validate.ts';

export const storeBugs = [
  {
    name: 'an expired value is served',
    file: VALUES,
    find: '    return place < 0 || this.#places.deadline(place) <= now ? null : this.#at(place);',
    replace: '    return place < 0 || now < 0 ? null : this.#at(place);',
    why: 'its time is not looked at',
  },
  {
    name: 'an expired provider is named',
    file: PROVIDERS,
    find: '      if (this.#expiries[record]! <= now) continue;\n',
    replace: '',
    why: 'its time is not looked at',
  },
  {
    name: 'a provider that comes back is not renewed',
    file: PROVIDERS,
    find: '    this.#expiries[record] = expiresAt;\n    this.#places.expects(place, expiresAt);\n    const before',
    replace: '    const before',
    why: 'it expires while it announces itself',
  },
  {
    name: 'the chain of providers loses its head',
    file: PROVIDERS,
    find: '    if (before < 0) this.#first[place] = this.#next[record]!;\n    else',
    replace: '    if (before >= 0)',
    why: 'the first record is free and still in the chain',
  },
  {
    name: 'the key of a provider is not held',
    file: PROVIDERS,
    find: '    this.#keys.retain(provider);\n',
    replace: '',
    why: 'released all the same when it expires',
  },
  {
    name: 'a provider is added a second time',
    file: PROVIDERS,
    find: '    while (this.#providers[record] !== provider && this.#next[record]! >= 0)\n      record',
    replace: '    while (this.#next[record]! >= 0)\n      record',
    why: 'the search looks at the last one only',
  },
  {
    name: 'a removed record still counts',
    file: VALUES,
    find: '    this.#quotas.removed(place, source, UNKNOWN_GROUP);\n    if (source !== OWN) this.#keys.release(source);\n    this.#places.remove(place);',
    replace: '    if (source !== OWN) this.#keys.release(source);\n    this.#places.remove(place);',
    why: 'the quota is used up in time',
  },
  {
    name: 'the key of a place is not released',
    file: PLACES,
    find: '    this.#keys.release(this.#get(place, KEY));\n',
    replace: '',
    why: 'a leak of one key for each record',
  },
  {
    name: 'a search ends at the gap of a removed place',
    file: PLACES,
    find: '      if (wayFromHome < ((cell - gap) & mask)) continue;',
    replace: '      if (wayFromHome >= ((cell - gap) & mask)) continue;',
    why: 'the places behind it are lost',
  },
  {
    name: 'a node sweeps for its first record only',
    file: PLACES,
    find: '    if (expiresAt < this.deadline(head)) this.setDeadline(head, expiresAt);\n',
    replace: '',
    why: 'nobody is told when to look',
  },
  {
    name: 'a node takes as many records as it is sent',
    file: QUOTA,
    find: "    if (held < limits.perNode) return 'room';",
    replace: "    if (held >= 0) return 'room';",
    why: 'the limit is not looked at',
  },
  {
    name: 'a key takes one provider too many',
    file: QUOTA,
    find: "places.foreign(place) >= limits.perKey) return 'key-full';",
    replace: "places.foreign(place) > limits.perKey) return 'key-full';",
    why: 'an off-by-one',
  },
  {
    name: 'a source may fill a node',
    file: QUOTA,
    find: "    if (isForeign && (books.sources.get(source) ?? 0) >= limits.perSource) return 'source-full';\n",
    replace: '',
    why: 'the limit of a source is not looked at',
  },
  {
    name: 'the books of a node count nothing',
    file: QUOTA,
    find: '    if (books === undefined || source === OWN) return;\n    enter(books, source, group);',
    replace: '    if (books === undefined || source === OWN) return;',
    why: 'sources have no limit once the books are open',
  },
  {
    name: 'a value lives as long as a provider',
    file: KEEPER,
    find: '      const expiresAt = now + profile.valueLifetimeMs;',
    replace: '      const expiresAt = now + profile.providerLifetimeMs;',
    why: 'the wrong field',
  },
  {
    name: 'records never expire',
    file: KEEPER,
    find: '    if (after !== before && after < Number.POSITIVE_INFINITY)',
    replace: '    if (after !== before && after > Number.POSITIVE_INFINITY)',
    why: 'no timer is set',
  },
  {
    name: 'the sweep of a node is its last',
    file: KEEPER,
    find: '    this.#values.sweep(node, now);\n    this.#setTimer(VALUE_TIMER, node, due, this.#values.deadline(node));',
    replace: '    this.#values.sweep(node, now);',
    why: 'what expires later stays for good',
  },
  {
    name: 'the time of a record is over a day early',
    file: KEEPER,
    find: '    const expiresAt = now + profile.providerLifetimeMs;',
    replace: '    const expiresAt = now + profile.providerLifetimeMs / 2;',
    why: 'half of the lifetime',
  },
  {
    name: 'a value is stored without a look at it',
    file: VALIDATE,
    find: "    return isSha256Of(rest, value) ? null : 'the value does not hash to its key';",
    replace: "    return isSha256Of(rest, value) ? 'the value does not hash to its key' : null;",
    why: 'the condition the wrong way round',
  },
];
