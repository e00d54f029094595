// Mistakes about keys and handles.

const TABLE = 'keyspace/key-table.ts';
const KEY = 'keyspace/key.ts';

export const keyspaceBugs = [
  {
    name: 'a released key stays findable',
    file: TABLE,
    find: '    this.#slots[slot] = -2;',
    replace: '    if (slot < 0) this.#slots[slot] = -2;',
    why: 'the slot of the hash table is not cleared',
  },
  {
    name: 'a deleted slot ends the search',
    file: TABLE,
    find: '    this.#slots[slot] = -2;',
    replace: '    this.#slots[slot] = -1;',
    why: 'open addressing without tombstones loses the keys behind',
  },
  {
    name: 'an interned key gets no reference the second time',
    file: TABLE,
    find: '      this.#references[found]!++;\n      return found;',
    replace: '      return found;',
    why: 'the first holder to release it takes it from the other',
  },
  {
    name: 'the last reference never frees a key',
    file: TABLE,
    find: 'if (--this.#references[handle]! > 0) return;',
    replace: 'if (--this.#references[handle]! >= 0) return;',
    why: 'an off-by-one that leaks every key',
  },
  {
    name: 'distances are compared as signed numbers',
    file: TABLE,
    find: '        ((words[i + w]! ^ words[t + w]!) >>> 0) - ((words[j + w]! ^ words[t + w]!) >>> 0);',
    replace: '        (words[i + w]! ^ words[t + w]!) - (words[j + w]! ^ words[t + w]!);',
    why: 'half of all distances are negative then',
  },
  {
    name: 'the prefix of a distance loses its low bits',
    file: TABLE,
    find: '    return high * LOW_SCALE + ((heads[2 * a + 1]! ^ heads[2 * b + 1]!) >>> (32 - LOW_BITS));',
    replace:
      '    return high * LOW_SCALE + ((heads[2 * a + 1]! ^ heads[2 * b + 1]!) >>> LOW_BITS);',
    why: 'the wrong half of the second word',
  },
  {
    name: 'many distances at once have a signed high word',
    file: TABLE,
    find: '        ((heads[at]! ^ high) >>> 0) * LOW_SCALE + ((heads[at + 1]! ^ low) >>> (32 - LOW_BITS));',
    replace:
      '        (heads[at]! ^ high) * LOW_SCALE + ((heads[at + 1]! ^ low) >>> (32 - LOW_BITS));',
    why: 'the fast loop and the plain function disagree',
  },
  {
    name: 'the common prefix is one bit too long',
    file: TABLE,
    find: '    if (high !== 0) return Math.clz32(high);',
    replace: '    if (high !== 0) return Math.clz32(high) + 1;',
    why: 'an off-by-one in the index of every bucket',
  },
  {
    name: 'the common prefix of far words counts from the first',
    file: TABLE,
    find: 'if (difference !== 0) return w * 32 + Math.clz32(difference);',
    replace: 'if (difference !== 0) return 32 + Math.clz32(difference);',
    why: 'shows only for keys that share more than 64 bits',
  },
  {
    name: 'bits are counted from the wrong end',
    file: TABLE,
    find: '    return (bits >>> (31 - (index & 31))) & 1;',
    replace: '    return (bits >>> (index & 31)) & 1;',
    why: 'the least significant bit comes first',
  },
  {
    name: 'a distance is compared from the last byte',
    file: KEY,
    find: '    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!);',
    replace:
      '    const at = target.length - 1 - i;\n    const difference = (a[at]! ^ target[at]!) - (b[at]! ^ target[at]!);',
    why: 'little-endian by mistake',
  },
];
