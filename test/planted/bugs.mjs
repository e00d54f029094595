// Mistakes to plant in the core, one at a time: `find` occurs exactly once in `file`, and becomes `replace`.
import { keyspaceBugs } from './bugs-keyspace.mjs';
import { lookupBugs } from './bugs-lookup.mjs';
import { operationBugs } from './bugs-operation.mjs';
import { requestBugs } from './bugs-request.mjs';
import { storeBugs } from './bugs-store.mjs';
import { tableBugs } from './bugs-table.mjs';

/** All of them. */
export const BUGS = [
  ...keyspaceBugs,
  ...tableBugs,
  ...lookupBugs,
  ...requestBugs,
  ...operationBugs,
  ...storeBugs,
];
