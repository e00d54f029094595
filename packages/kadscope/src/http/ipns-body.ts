// IPNS records as bodies (application/vnd.ipfs.ipns-record).
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { unmarshalIPNSRecord } from 'ipns';
import { IPNS_TYPE, Refusal, sendBody, setCaching } from './answer.ts';
import type { Exchange } from './answer.ts';

/** Bytes of a record at most (IPNS specification, "Record Size Limit"). */
const RECORD_BYTES_MAX = 10_240;
/** Seconds that a record may be used which does not say how long (Delegated Routing V1, "IPNS API"). */
const TTL_S = 60;
const SECOND_NS = 1_000_000_000n;

/** Reads the record in a request. Throws a `Refusal` when it is too long or not all there. */
export async function readIpnsBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > RECORD_BYTES_MAX)
        throw new Refusal(400, `A record has at most ${RECORD_BYTES_MAX} bytes`, {
          Connection: 'close',
        });
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'The record did not come in whole');
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** Sends a record that has been validated, and says how long it may be used. */
export function sendIpnsRecord(exchange: Exchange, record: Uint8Array): void {
  const { request, response } = exchange;
  const { ttl, validity } = unmarshalIPNSRecord(record);
  const expires = new Date(validity);
  const validS = Math.max(0, Math.floor((expires.getTime() - Date.now()) / 1000));
  const ttlS = ttl === undefined || ttl < SECOND_NS ? TTL_S : Number(ttl / SECOND_NS);
  const etag = `"${createHash('sha256').update(record).digest('base64url').slice(0, 22)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept');
  if (Number.isFinite(expires.getTime())) response.setHeader('Expires', expires.toUTCString());
  setCaching(response, Math.min(ttlS, validS), validS);
  if (request.headers['if-none-match']?.includes(etag) === true) response.writeHead(304).end();
  else sendBody(exchange, IPNS_TYPE, record);
}
