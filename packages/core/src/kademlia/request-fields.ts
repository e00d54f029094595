// What traces say of requests and their answers.
import type { StepFields } from '../trace/sink.ts';
import type { Context } from './context.ts';
import { estimateBytes } from './message.ts';
import type { Message } from './message.ts';
import type { Requests } from './requests.ts';

/** Who asked whom, and for what. */
export function requestFields(context: Context, requests: Requests, slot: number): StepFields {
  return {
    node: context.self.key(requests.node(slot)),
    peer: requests.contact(slot),
    kind: requests.kind(slot),
    rpc: requests.serial(slot),
    operation: requests.operation(slot),
  };
}

/** What a response says of itself; `requests` is `null` when what it answers has ended. */
export function responseFields(
  context: Context,
  node: number,
  message: Message,
  requests: Requests | null,
): StepFields {
  return {
    node: context.self.key(node),
    peer: message.from,
    message: message.traceEvent,
    kind: message.kind,
    isResponse: true,
    rpc: message.rpc,
    lookup: requests === null ? -1 : requests.lookup(message.slot),
    operation: requests === null ? -1 : requests.operation(message.slot),
    key: message.key,
    count: message.contactCount,
    bytes: estimateBytes(message),
  };
}
