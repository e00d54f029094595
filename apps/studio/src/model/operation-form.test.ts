import { describe, expect, it } from 'vitest';
import { immutableKey } from '@kadscope/core';
import { keyFromBits, keyToHex } from '@kadscope/core/keyspace';
import { Trace } from '@kadscope/core/trace';
import { utf8Bytes } from './bytes.ts';
import {
  EXAMPLE_FORM,
  findNodes,
  readForm,
  ROUTING_OPERATIONS,
  writtenKey,
} from './operation-form.ts';
import type { OperationForm } from './operation-form.ts';

const trace = new Trace({ title: '', source: 'simulation', epochNs: 0n });
['10100000', '10110000', '00001111'].forEach((bits, i) => {
  const key = keyFromBits(bits);
  trace.addNode({ id: keyToHex(key), label: `node ${i}`, key });
});
for (let i = 3; i < 12; i++) trace.addNode({ id: `f${i.toString(16)}`, label: `node ${i}` });

function filled(
  kind: OperationForm['kind'],
  fields: Partial<OperationForm['fields']>,
): OperationForm {
  return { kind, fields: { ...EXAMPLE_FORM.fields, node: 'node 0', peer: 'node 2', ...fields } };
}

describe('finding nodes', () => {
  it('takes the beginning of an id, a name, a number, or leading bits', () => {
    expect(findNodes(trace, 'a0')).toEqual([0]);
    expect(findNodes(trace, 'node 2')).toEqual([2]);
    expect(findNodes(trace, '101')).toEqual([0, 1]);
    expect(findNodes(trace, 'nobody')).toEqual([]);
  });

  it('puts an exact name before those that only begin so', () => {
    expect(findNodes(trace, 'node 1')).toEqual([1, 10, 11]);
    expect(findNodes(trace, '1')[0]).toBe(1);
  });
});

describe('reading the form', () => {
  it('makes a request of every operation from its example', async () => {
    for (const kind of ROUTING_OPERATIONS) {
      const read = await readForm(trace, filled(kind, {}));
      expect(read).toMatchObject({ isValid: true, request: { kind, node: 0 } });
    }
  });

  it('stores a value under its own hash, and finds it by text or by key', async () => {
    const key = immutableKey(utf8Bytes('ü'));
    const put = await readForm(trace, filled('putValue', { value: 'ü' }));
    const byText = await readForm(trace, filled('getValue', { valueKey: 'ü' }));
    const byKey = await readForm(trace, filled('getValue', { valueKey: writtenKey(key) }));
    expect(put).toMatchObject({ request: { key, value: utf8Bytes('ü') } });
    expect(byText).toMatchObject({ request: { key }, about: writtenKey(key) });
    expect(byKey).toMatchObject({ request: { key } });
  });

  it('takes content as a CID or as text, which is the same content', async () => {
    const byText = await readForm(trace, filled('provide', { content: 'hello world' }));
    const cid = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
    const byCid = await readForm(trace, filled('findProviders', { content: ` ${cid} ` }));
    expect(byText).toMatchObject({ isValid: true, about: cid });
    if (!byText.isValid || !byCid.isValid) throw new Error('both must be valid');
    expect(byCid.request.key).toEqual(byText.request.key);
  });

  it('says for each field what is wrong', async () => {
    const errorsOf = async (form: OperationForm): Promise<unknown> => {
      const read = await readForm(trace, form);
      return read.isValid ? null : read.errors;
    };
    expect(await errorsOf(filled('ping', { node: '', peer: 'zz' }))).toEqual({
      node: 'Choose a node: write the beginning of its id, or pick one in the view.',
      peer: 'No node begins with ‘zz’.',
    });
    expect(await errorsOf(filled('ping', { peer: 'node 0' }))).toEqual({
      peer: 'This is the node itself; choose another one.',
    });
    expect(await errorsOf(filled('findPeer', { peer: 'node' }))).toEqual({
      peer: 'Several nodes begin with ‘node’; write more of the id.',
    });
    expect(await errorsOf(filled('provide', { content: ' ' }))).toEqual({
      content: 'Please write something here.',
    });
    expect(await errorsOf(filled('getValue', { valueKey: '/pk/x' }))).toMatchObject({
      valueKey: expect.stringContaining('/immutable/'),
    });
    for (const valueKey of ['/immutable/abcd', '/immutable/1220ff', '/pk/0003ff', '/other/1220']) {
      expect(await errorsOf(filled('getValue', { valueKey }))).toMatchObject({
        valueKey: expect.stringContaining('a whole multihash'),
      });
    }
    for (const content of [
      'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55',
      'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwR',
    ]) {
      expect(await errorsOf(filled('provide', { content }))).toEqual({
        content: 'This looks like a CID, but is not one: check that it is whole.',
      });
    }
    expect(await errorsOf(filled('putValue', { value: 'x'.repeat(16_385) }))).toMatchObject({
      value: 'A value has at most 16384 bytes; this one has 16385.',
    });
  });
});
