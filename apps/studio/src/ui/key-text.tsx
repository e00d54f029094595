// A key as people can compare it: its leading bits, those shared with a reference set apart, then short hexadecimal.
import type { VNode } from 'preact';
import { commonPrefixLength } from '@kadscope/core/keyspace';
import type { Key } from '@kadscope/core/keyspace';
import { leadingBits, shortKey } from '@kadscope/core/trace';

interface KeyTextProps {
  readonly of: Key;
  readonly reference?: Key | undefined;
}

export function KeyText({ of, reference }: KeyTextProps): VNode {
  const bits = leadingBits(of);
  const isComparable = reference !== undefined && reference.length === of.length;
  const shared = isComparable ? Math.min(commonPrefixLength(of, reference), bits.length) : 0;
  return (
    <span class="key-text">
      <span class="key-bits">
        <b>{bits.slice(0, shared)}</b>
        {bits.slice(shared)}
      </span>{' '}
      <span class="key-hex">{shortKey(of)}</span>
    </span>
  );
}
