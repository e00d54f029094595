// The simulation worker: the page stays free to draw while the network runs.
import { SimulationHost } from './model/simulation-host.ts';
import type { ToWorker } from './model/protocol.ts';

const scope = globalThis as unknown as Worker;

const host = new SimulationHost({
  send: (message, transfer) => scope.postMessage(message, [...transfer]),
  now: () => performance.now(),
  later: (task) => setTimeout(task, 0),
});

scope.onmessage = (event: MessageEvent<ToWorker>) => host.receive(event.data);
