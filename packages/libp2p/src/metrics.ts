// What monitoring sees: the metrics of `@libp2p/kad-dht`, under the same names.
import type { AminoType } from '@kadscope/core/wire';
import type { CounterGroup, MetricGroup, Metrics } from '@libp2p/interface';
import { nameOf } from './tell.ts';

/** The operations that are counted and timed. */
export type CountedOperation =
  | 'GET_VALUE'
  | 'FIND_PROVIDERS'
  | 'FIND_PEER'
  | 'GET_CLOSEST_PEERS'
  | 'PROVIDE'
  | 'PUT_VALUE'
  | 'SELF_QUERY';

/** What is measured when somebody asks for it. */
export interface Gauges {
  readonly tableSize: () => number;
  /** The sizes of the buckets of the routing table. */
  readonly bucketSizes: () => readonly number[];
}

/** Counts requests and times operations; costs nothing where nobody collects metrics. */
export class DhtMetrics {
  readonly #outbound: CounterGroup | undefined;
  readonly #outboundErrors: CounterGroup | undefined;
  readonly #inbound: CounterGroup | undefined;
  readonly #inboundErrors: CounterGroup | undefined;
  readonly #inboundTime: MetricGroup | undefined;
  readonly #running: MetricGroup | undefined;
  readonly #errors: CounterGroup | undefined;
  readonly #time: MetricGroup | undefined;
  readonly #errorTime: MetricGroup | undefined;

  constructor(metrics: Metrics | undefined, prefix: string, gauges: Gauges) {
    const label = 'operation';
    this.#outbound = metrics?.registerCounterGroup(`${prefix}_outbound_rpc_requests_total`);
    this.#outboundErrors = metrics?.registerCounterGroup(`${prefix}_outbound_rpc_errors_total`);
    this.#inbound = metrics?.registerCounterGroup(`${prefix}_inbound_rpc_requests_total`);
    this.#inboundErrors = metrics?.registerCounterGroup(`${prefix}_inbound_rpc_errors_total`);
    this.#inboundTime = metrics?.registerMetricGroup(`${prefix}_inbound_rpc_time_seconds`, {
      label,
    });
    this.#running = metrics?.registerMetricGroup(`${prefix}_operations_total`, { label });
    this.#errors = metrics?.registerCounterGroup(`${prefix}_operation_errors_total`, { label });
    this.#time = metrics?.registerMetricGroup(`${prefix}_operation_time_seconds`, { label });
    this.#errorTime = metrics?.registerMetricGroup(`${prefix}_operation_error_time_seconds`, {
      label,
    });
    registerGauges(metrics, prefix, gauges);
  }

  /** A request was sent, or came to nothing. */
  sent(type: AminoType, what: 'sent' | 'failed'): void {
    const group = what === 'sent' ? this.#outbound : this.#outboundErrors;
    group?.increment({ [nameOf(type)]: true });
  }

  /** A request came; the function that is returned is called when it is answered. */
  received(type: AminoType): (failed: boolean) => void {
    const name = nameOf(type);
    this.#inbound?.increment({ [name]: true });
    const stop = this.#inboundTime?.timer(name);
    return (failed) => {
      if (failed) this.#inboundErrors?.increment({ [name]: true });
      else stop?.();
    };
  }

  /** Counts and times what a query does, from its first event to its end. */
  async *timed<T>(operation: CountedOperation, events: AsyncIterable<T>): AsyncGenerator<T> {
    const stop = this.#time?.timer(operation);
    const stopFailed = this.#errorTime?.timer(operation);
    this.#running?.increment({ [operation]: true });
    let failed = false;
    try {
      yield* events;
    } catch (error) {
      failed = true;
      this.#errors?.increment({ [operation]: true });
      throw error;
    } finally {
      this.#running?.decrement({ [operation]: true });
      (failed ? stopFailed : stop)?.();
    }
  }
}

function registerGauges(metrics: Metrics | undefined, prefix: string, gauges: Gauges): void {
  if (metrics === undefined) return;
  const { tableSize, bucketSizes } = gauges;
  const gauge = (name: string, calculate: () => number): void =>
    metrics.registerMetric(`${prefix}_routing_table_${name}`, { calculate });
  const mean = (sizes: readonly number[]): number =>
    sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
  gauge('size', tableSize);
  gauge('kad_bucket_total', () => bucketSizes().length);
  gauge('kad_bucket_average_occupancy', () => mean(bucketSizes()));
  gauge('kad_bucket_min_occupancy', () => Math.min(...bucketSizes()));
  gauge('kad_bucket_max_occupancy', () => Math.max(...bucketSizes()));
  gauge('kad_bucket_max_depth', () => bucketSizes().length - 1);
}
