/**
 * The names of the requests, as a type. TypeScript takes a string for no enum of strings, and only an enum of the
 * same name for another: so this is what lets our events pass where those of `@libp2p/kad-dht` are expected.
 * There is no such object; `MessageType` of `events.ts` has the values.
 */
export declare enum MessageType {
  PUT_VALUE = 'PUT_VALUE',
  GET_VALUE = 'GET_VALUE',
  ADD_PROVIDER = 'ADD_PROVIDER',
  GET_PROVIDERS = 'GET_PROVIDERS',
  FIND_NODE = 'FIND_NODE',
  PING = 'PING',
}
