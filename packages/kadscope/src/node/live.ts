// What a node does, step by step: for the studio while it runs, and for a file.
import { LiveTrace } from '@kadscope/core/trace';
import { writeTraceFile } from '../files.ts';
import { operateOn } from '../live/operate.ts';
import type { LiveFeed } from '../live/live-server.ts';
import type { LiveOperation } from '../live/operation-request.ts';
import { studioRoot } from '../studio/root.ts';
import { serveStudio } from '../studio/server.ts';
import type { StudioServer } from '../studio/server.ts';
import type { KadscopeNode } from './create.ts';

/** Events that are recorded at most: 134 MB of columns. A busy node makes so many in some hours. */
const EVENTS_MAX = 2_000_000;

/** What is recorded, and for whom. */
export interface LivePlan {
  /** Where the studio is served; `null` for nowhere. */
  readonly studio: { readonly host: string; readonly port: number } | null;
  /** Whether pages may run operations. */
  readonly mayControl: boolean;
  /** The file that is written at the end; `null` for none. */
  readonly file: string | null;
}

/** The record of a node. */
export class NodeLive {
  readonly live: LiveTrace;
  readonly #plan: LivePlan;
  readonly #epochMs = Date.now();

  /** `hosts`: the DHTs of the node. */
  constructor(plan: LivePlan, hosts: number) {
    this.#plan = plan;
    this.live = new LiveTrace({
      meta: {
        title: 'A node that runs',
        source: 'node',
        epochNs: BigInt(this.#epochMs) * 1_000_000n,
        keyBits: 256,
        profile: 'amino',
        k: 20,
        alpha: 10,
        beta: 3,
      },
      epochMs: this.#epochMs,
      hosts,
      eventsMax: EVENTS_MAX,
    });
  }

  /** Serves the studio, if it is to be; returns its address with the token. */
  async serve(node: KadscopeNode): Promise<StudioServer | null> {
    const { studio } = this.#plan;
    return studio === null
      ? null
      : serveStudio({ root: studioRoot(), ...studio, live: this.#feed(node) });
  }

  /** Writes the file, if there is one. */
  async save(): Promise<void> {
    if (this.#plan.file !== null) await writeTraceFile(this.live.trace, this.#plan.file);
  }

  #feed({ libp2p, dhts }: KadscopeNode): LiveFeed {
    const own = dhts.map(({ dht }) => ({ id: libp2p.peerId.toString(), dht }));
    const operate = (operation: LiveOperation): Promise<number> =>
      operateOn(this.live, own, operation);
    return {
      live: this.live,
      nowMs: () => Date.now() - this.#epochMs,
      operate: this.#plan.mayControl ? operate : null,
    };
  }
}
