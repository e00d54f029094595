import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Places } from './place.ts';
import { FarthestPlaces } from './quota-heap.ts';

test('the top is always the farthest place, whichever are added and removed', () => {
  const steps = fc.array(fc.nat(255), { maxLength: 400, size: 'max' });
  fc.assert(
    fc.property(fc.nat(255), steps, (origin, changes) => {
      const keys = new KeyTable(8);
      for (let i = 0; i < 256; i++) keys.intern(Uint8Array.of(i));
      const places = new Places(keys);
      const farthest = new FarthestPlaces(keys, places, origin);
      const held = new Map<number, number>();
      expect(farthest.top).toBe(-1);
      for (const key of changes) {
        const place = held.get(key) ?? places.add(0, key);
        if (held.delete(key)) {
          farthest.remove(place);
          places.remove(place);
        } else {
          held.set(key, place);
          farthest.add(place);
        }
        const distances = [...held.keys()].map((other) => other ^ origin);
        const top = farthest.top < 0 ? -1 : places.key(farthest.top) ^ origin;
        expect(top).toBe(Math.max(-1, ...distances));
      }
      const drained: number[] = [];
      for (let place = farthest.top; place >= 0 && drained.length < 20; place = farthest.top) {
        drained.push(places.key(place) ^ origin);
        farthest.remove(place);
      }
      const distances = [...held.keys()].map((key) => key ^ origin).toSorted((a, b) => b - a);
      expect(drained).toEqual(distances.slice(0, 20));
      farthest.clear();
      expect(farthest.top).toBe(-1);
      for (const place of held.values()) expect(places.rank(place)).toBe(-1);
    }),
  );
});
