// Codes of the events of a simulation that more than one file knows; 2 to 5 are those of `Membership`.

/** A message arrives. */
export const MESSAGE = 0;
/** The transport says that a message has arrived. */
export const DELIVERED = 9;
/** Timers of the engine follow, by their kind. */
export const ENGINE_TIMER = 16;

/** An operation of the workload starts. */
export const WORKLOAD = 1;

/** A timer of the exchange of blocks rings. */
export const EXCHANGE = 6;

/** Content for a besieged key is provided. */
export const SIEGE = 7;

/** A provider announces its content again. */
export const REPROVIDE = 8;
