// Where the nodes of a simulation are: addresses like those of IPv4, so that an engine can be wary of many
// contacts from one place.
//
// Honest nodes are many in few networks and few in many, as measurements of file-sharing and of IPFS
// agree (homes of a few large providers, machines of a few large clouds, and a long tail). The rank of
// a node's /16 follows a power law with exponent 1 that is flat at its head (Zipf and Mandelbrot); 16
// makes the largest /16 hold 0.7 % of the nodes and the hundred largest 24 %. Inside a /16 addresses are even.
import { exp, ln } from '../keyspace/maths.ts';
import { mix, Rng } from '../keyspace/rng.ts';

/** /16s of the unicast range: 1.0.0.0 to 223.255.255.255. */
const GROUPS = 223 * 256;
/** Odd and not divisible by 223, so that it spreads ranks over all groups without repetition. */
const GROUP_STRIDE = 40_503;
const FLAT_HEAD = 16;

/** What an address belongs to. */
export interface AddressPlan {
  readonly nodes: number;
  readonly seed: number;
  /** Nodes that share a few subnets, and how many: those of an attacker. */
  readonly isAdversary: (node: number) => boolean;
  readonly subnets: number;
}

/** The address of every node: 4 bytes each. */
export class Addresses {
  readonly #addresses: Uint32Array;

  constructor(plan: AddressPlan) {
    this.#addresses = new Uint32Array(plan.nodes);
    const rng = new Rng(plan.seed, 'addresses');
    const hostile = new Rng(plan.seed, 'addresses of adversaries');
    const subnets = Array.from({ length: plan.subnets }, (_, i) => subnetOfRank(i, plan.seed));
    for (let node = 0; node < plan.nodes; node++) {
      const isAdversary = plan.isAdversary(node);
      const subnet = isAdversary ? subnets[hostile.below(subnets.length)]! : honestSubnet(rng);
      this.#addresses[node] = subnet * 256 + (isAdversary ? hostile : rng).below(256);
    }
  }

  /** The /16 of a node, as a number below 65,536. */
  groupOf(node: number): number {
    return this.#addresses[node]! >>> 16;
  }

  /** The /24 of a node, as a number below 2^24. */
  subnetOf(node: number): number {
    return this.#addresses[node]! >>> 8;
  }
}

function honestSubnet(rng: Rng): number {
  const rank = Math.floor(FLAT_HEAD * (exp(rng.fraction() * TAIL) - 1));
  return groupOfRank(Math.min(rank, GROUPS - 1)) * 256 + rng.below(256);
}

/** ln((GROUPS + FLAT_HEAD) / FLAT_HEAD): the inverse of the distribution is an exponential of a uniform draw. */
const TAIL = ln((GROUPS + FLAT_HEAD) / FLAT_HEAD);

function groupOfRank(rank: number): number {
  return 256 + ((rank * GROUP_STRIDE) % GROUPS);
}

/** The subnets of an attacker, each in a /16 of its own as long as there are any: the hardest case. */
function subnetOfRank(rank: number, seed: number): number {
  const start = mix(seed | 0, 0, 16) % GROUPS;
  return groupOfRank((start + rank) % GROUPS) * 256 + (mix(seed | 0, rank, 24) & 255);
}
