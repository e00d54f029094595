import { keyName, nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import type { Selection } from '../../model/selection.ts';

/** A selection in two words: `node 1f3a…a9c0`, `lookup 12`. */
export function selectionName(trace: Trace, { kind, id }: Selection): string {
  switch (kind) {
    case 'node': {
      const name = nodeName(trace, id);
      return name.startsWith('node ') ? name : `node ${name}`;
    }
    case 'key':
      return `key ${keyName(trace, id)}`;
    case 'row':
      return `${id} shared bits`;
    case 'message':
    case 'event':
      return `${kind} ${id + 1}`;
    case 'lookup':
      return `lookup ${id}`;
  }
}
