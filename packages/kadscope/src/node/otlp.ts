// OpenTelemetry spans to a collector: OTLP over HTTP in JSON (opentelemetry-proto, "OTLP/HTTP Request").
import { UsageError } from '../errors.ts';

/** A value of an attribute. */
type AttributeValue = string | number | readonly string[];

/** A span that has ended. */
export interface FinishedSpan {
  /** 16 bytes in hexadecimal, the same for all spans of an operation. */
  readonly traceId: string;
  /** 8 bytes in hexadecimal. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly events?: readonly {
    readonly name: string;
    readonly ms: number;
    readonly attributes: Readonly<Record<string, AttributeValue>>;
  }[];
  /** Why it failed. */
  readonly error?: string;
  /** Who made it: attributes of the resource. */
  readonly resource: Readonly<Record<string, AttributeValue>>;
}

/** Whoever takes spans. */
export interface SpanSink {
  add(span: FinishedSpan): void;
}

/** Spans that wait, at most: a collector that is away for long misses the rest. */
const WAITING_MAX = 8_192;
/** Spans in one request at most, and milliseconds until fewer are sent (the defaults of OpenTelemetry's batch processor). */
const BATCH_MAX = 512;
const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 10_000;
const INTERNAL = 1;
const STATUS_ERROR = 2;

/** Sends spans in batches. */
export class OtlpExporter implements SpanSink {
  readonly #url: string;
  readonly #note: (text: string) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #waiting: FinishedSpan[] = [];
  #dropped = 0;
  #sending: Promise<void> | null = null;
  /** Whether the last batch did not arrive: said once, not every time. */
  #isFailing = false;

  /** `note` is told when spans do not arrive. Throws a `UsageError` for what is no URL. */
  constructor(url: string, note: (text: string) => void) {
    this.#url = tracesUrl(url);
    this.#note = note;
    this.#timer = setInterval(() => void this.flush(), INTERVAL_MS);
    this.#timer.unref();
  }

  add(span: FinishedSpan): void {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= BATCH_MAX && this.#sending === null) void this.flush();
  }

  /** Sends what waits; resolves when all has been tried once. */
  async flush(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    await this.#sending;
  }

  /** Sends the rest, and no more after that. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.flush();
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX);
      const problem = await this.#post(batch);
      if (problem === null) this.#waiting.splice(0, batch.length);
      this.#tell(problem);
      // What did not arrive is tried again the next time.
      if (problem !== null) return;
    }
  }

  async #post(batch: readonly FinishedSpan[]): Promise<string | null> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(otlpDocument(batch)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `it answered ${response.status}`;
    } catch (error) {
      const { message, cause } = error as Error;
      return cause instanceof Error && cause.message !== '' ? cause.message : message;
    }
  }

  #tell(problem: string | null): void {
    const isFailing = problem !== null;
    if (isFailing !== this.#isFailing) {
      const lost = this.#dropped === 0 ? '' : ` ${this.#dropped} spans were lost.`;
      this.#note(
        isFailing
          ? `Spans do not arrive at ${this.#url}: ${problem}.`
          : `Spans arrive at ${this.#url} again.${lost}`,
      );
      if (!isFailing) this.#dropped = 0;
    }
    this.#isFailing = isFailing;
  }
}

/** Where to send to: a base gets the path that the specification names; a full path is taken as it is. */
function tracesUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--otlp ${text}: expected a URL such as http://127.0.0.1:4318`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError(`--otlp ${text}: expected a URL with http: or https:`);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.toString();
}

/** Spans as a document in OTLP JSON. */
function otlpDocument(spans: readonly FinishedSpan[]): object {
  const byResource = groups(spans);
  return {
    resourceSpans: byResource.map((group) => ({
      resource: { attributes: attributesOf(group[0]!.resource) },
      scopeSpans: [{ scope: { name: 'kadscope' }, spans: group.map(spanOf) }],
    })),
  };
}

function groups(spans: readonly FinishedSpan[]): FinishedSpan[][] {
  const all = new Map<object, FinishedSpan[]>();
  for (const span of spans) {
    const group = all.get(span.resource);
    if (group === undefined) all.set(span.resource, [span]);
    else group.push(span);
  }
  return [...all.values()];
}

function spanOf(span: FinishedSpan): object {
  const { traceId, spanId, parentSpanId, name, startMs, endMs, error } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: INTERNAL,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(span.attributes),
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: nanoseconds(event.ms),
      attributes: attributesOf(event.attributes),
    })),
    status: error === undefined ? {} : { code: STATUS_ERROR, message: error },
  };
}

/** 64-bit numbers are texts in JSON. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

function attributesOf(attributes: Readonly<Record<string, AttributeValue>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
