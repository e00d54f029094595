// node --import tsx worker.mjs FOLDER SEEDS FIRST: runs seeds on a copy of the core until one shows something.
// Prints each seed that has shown nothing, and at the end what was found, as JSON.
import { loadCore, runTrial } from './run-trial.mjs';

const [folder, seeds, first] = process.argv.slice(2);
const core = await loadCore(folder);
const end = Number(first) + Number(seeds);
let found = null;
for (let seed = Number(first); seed < end && found === null; seed++) {
  const problem = runTrial(core, seed);
  if (problem === null) process.stdout.write(`${seed}\n`);
  else found = { seed, ...problem };
}
process.stdout.write(`${JSON.stringify({ found })}\n`);
