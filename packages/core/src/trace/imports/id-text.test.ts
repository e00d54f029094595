import { expect, test } from 'vitest';
import { keyToHex } from '../../keyspace/key.ts';
import { keyOfBytes, peerIdBytes, recordKeyBytes, utf8Bytes } from './id-text.ts';

// The peer id of the IPFS specification in its spellings, and the point of the keyspace that it gives for it.
const ID = '0024080112209e3b433cbd31c2b8a6ebbdca998bd0f4c2141c9c9af5422e976051b1e63af14d';
const POINT = 'e43d28f0996557c0d5571d75c62a57a59d7ac1d30a51ecedcdb9d5e4afa56100';
const SPELLINGS = [
  '12D3KooWLU2znyJMtDiHArqAGbZn8CgUGp92kxDBtefftEEaHSZS',
  'k51qzi5uqu5dk4kbd5bpmklj30q0q8n3091bncahugkx18e84p1od2rk25olsd',
  'bafzaajaiaejcbhr3im6l2mocxctoxpoktgf5b5gccqojzgxviixjoycrwhtdv4kn',
  'z5AanNVJCxnRV45fhn4wEQgAPkVJH1vVWQffiiZuStaFEUk83oRg8m2',
];
// The multihash of the same specification, as a CID of either version, as multibase and as hexadecimal.
const HASH = '1220e536c7f88d731f374dccb568aff6f56e838a19382e488039b1ca8ad2599e82fe';
const HASH_POINT = 'd623250f3f660ab4c3a53d3c97b3f6a0194c548053488d093520206248253bcb';

const hexOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : keyToHex(bytes);

test.each(SPELLINGS)('%s is one peer id in all of its spellings', (text) => {
  expect(hexOf(peerIdBytes(text))).toBe(ID);
  expect(hexOf(recordKeyBytes(text))).toBe(ID);
  expect(keyToHex(keyOfBytes(peerIdBytes(text)!))).toBe(POINT);
});

test.each([
  '',
  'Gandalf',
  '12D3',
  'QmNotBase58000',
  // A CID of content is none, nor is one whose last character is missing.
  'bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y',
  '12D3KooWLU2znyJMtDiHArqAGbZn8CgUGp92kxDBtefftEEaHSZ',
  '1'.repeat(10_000),
])('%j is no peer id', (text) => {
  expect(peerIdBytes(text)).toBeNull();
});

test('an RSA peer id is a hash of its key', () => {
  const text = 'QmdmQXB2mzChmMeKY47C43LxUdg1NDJ5MWcKMKxDu7RgQm';
  expect(hexOf(peerIdBytes(text))).toBe(HASH);
});

test.each([
  ['QmdmQXB2mzChmMeKY47C43LxUdg1NDJ5MWcKMKxDu7RgQm', HASH],
  ['bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y', HASH],
  ['uEiDlNsf4jXMfN03MtWiv9vVug4oZOC5IgDmxyorSWZ6C_g', HASH],
  [HASH, HASH],
  [`f${HASH}`, HASH],
  // Blake2b-256: a code of three bytes.
  ['bafy2bzacedstnr7yrvzr6n2nzs2wrl7w6vxihcqzhaxerabzwhfivuszt2bp4', `a0e40220${HASH.slice(4)}`],
  [`/ipns/${SPELLINGS[1]}`, `2f69706e732f${ID}`],
  [`/pk/${SPELLINGS[0]}`, `2f706b2f${ID}`],
  ['/ipns/example.org', null],
  // Bytes that are no CID are the key themselves.
  ['f2f782f79', '2f782f79'],
  ['', null],
  ['12', null],
  ['no key', null],
])('the key %j has the bytes %j', (text, hex) => {
  expect(hexOf(recordKeyBytes(text))).toBe(hex);
});

test('the key of content is the hash of its multihash', () => {
  expect(keyToHex(keyOfBytes(recordKeyBytes(HASH)!))).toBe(HASH_POINT);
});

test('text is read as UTF-8', () => {
  expect(hexOf(utf8Bytes('/ä€😀'))).toBe('2fc3a4e282acf09f9880');
  expect(utf8Bytes('\ud800')).toBeNull();
});
