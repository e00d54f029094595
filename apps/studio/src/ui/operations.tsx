// The operations panel: runs each of the seven operations of the routing interface from a chosen node.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import type { VNode } from 'preact';
import type { Trace } from '@kadscope/core/trace';
import { nodeName } from '@kadscope/core/trace';
import {
  EXAMPLE_FORM,
  FIELD_LABELS,
  OPERATION_HELP,
  readForm,
  ROUTING_OPERATIONS,
} from '../model/operation-form.ts';
import type { FieldName, OperationForm, RoutingOperation } from '../model/operation-form.ts';
import { RunWatch } from '../model/operation-watch.ts';
import type { Session } from '../model/session.ts';
import { Icon } from './icons.tsx';
import { NodePicker } from './node-picker.tsx';
import { showOperation } from './operations/show-operation.ts';
import { RunList } from './operations/run-list.tsx';
import '../styles/panes.css';
import './operations/operations.css';

/** What was filled in and run outlives the panel; runs belong to one trace. */
const form = signal<OperationForm>(EXAMPLE_FORM);
const runs = signal<{ readonly trace: Trace | null; readonly list: readonly RunWatch[] }>({
  trace: null,
  list: [],
});

type Errors = Readonly<Partial<Record<FieldName, string | undefined>>>;

export function OperationsPanel({ session }: { readonly session: Session }): VNode {
  const errors = useSignal<Errors>({});
  const failure = useSignal('');
  const isStarting = useSignal(false);
  const trace = session.trace.value;
  useEffect(() => prefill(session), [trace]);
  if (session.source.value?.network == null) return <NoNetwork session={session} />;
  const { kind, fields } = form.value;
  const setField = (name: FieldName, text: string): void => {
    form.value = { ...form.value, fields: { ...fields, [name]: text } };
    errors.value = { ...errors.value, [name]: undefined };
  };
  const run = async (): Promise<void> => {
    isStarting.value = true;
    failure.value = '';
    try {
      errors.value = await start(session, form.value);
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      isStarting.value = false;
    }
  };
  return (
    <form
      class="operations"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <KindChoice kind={kind} onChange={(next) => (form.value = { ...form.value, kind: next })} />
      <NodePicker
        session={session}
        label={FIELD_LABELS.node}
        value={fields.node}
        error={errors.value.node}
        onChange={(text) => setField('node', text)}
      />
      {OPERATION_HELP[kind].fields.map((name) =>
        name === 'peer' ? (
          <NodePicker
            key={name}
            session={session}
            label={kind === 'bootstrap' ? 'known node' : FIELD_LABELS.peer}
            value={fields.peer}
            error={errors.value.peer}
            onChange={(text) => setField('peer', text)}
          />
        ) : (
          <TextField
            key={name}
            name={name}
            value={fields[name]}
            error={errors.value[name]}
            onChange={setField}
          />
        ),
      )}
      {failure.value !== '' && (
        <p class="field-error" role="alert">
          {failure.value}
        </p>
      )}
      <button type="submit" class="button is-primary" disabled={isStarting.value}>
        <Icon name="run" /> Run {kind}
      </button>
      {runs.value.trace === trace && <RunList session={session} runs={runs.value.list} />}
    </form>
  );
}

/** Starts the operation of the form; returns what is wrong with it, if anything. */
async function start(session: Session, filled: OperationForm): Promise<Errors> {
  const trace = session.trace.peek();
  const read = await readForm(trace, filled);
  if (!read.isValid) return read.errors;
  const started = await session.operate(read.request);
  showOperation(session, started.operation);
  const node = nodeName(trace, read.request.node);
  const watch = new RunWatch(trace, {
    operation: started.operation,
    about: read.about,
    title: `${filled.kind} on ${node}`,
    timeMs: started.timeMs,
  });
  const earlier = runs.peek().trace === trace ? runs.peek().list : [];
  runs.value = { trace, list: [watch, ...earlier].slice(0, RUNS_MAX) };
  return {};
}

/** Runs kept in the panel; older ones are still in the trace. */
const RUNS_MAX = 20;

/** Two nodes that exist, so that the first click already works. */
function prefill(session: Session): void {
  const trace = session.trace.peek();
  const selection = session.selection.peek();
  const selected = selection?.kind === 'node' ? selection.id : -1;
  const { fields } = form.peek();
  const isKnown = (name: string): boolean =>
    trace.nodes.some((_, node) => nodeName(trace, node) === name);
  const present = trace.nodes
    .map((_, node) => node)
    .filter((node) => session.state.isPresent(node));
  if (present.length === 0) return;
  const first = selected >= 0 ? selected : present[0]!;
  const other =
    present.find((node) => node !== first && node > present.length / 2) ?? present.at(-1)!;
  const keepNode = selected < 0 && isKnown(fields.node);
  form.value = {
    ...form.peek(),
    fields: {
      ...fields,
      node: keepNode ? fields.node : nodeName(trace, first),
      peer: isKnown(fields.peer) ? fields.peer : nodeName(trace, other),
    },
  };
}

interface KindChoiceProps {
  readonly kind: RoutingOperation;
  readonly onChange: (kind: RoutingOperation) => void;
}

function KindChoice({ kind, onChange }: KindChoiceProps): VNode {
  return (
    <fieldset class="kinds">
      <legend class="visually-hidden">Operation</legend>
      {ROUTING_OPERATIONS.map((each) => (
        <label key={each} class="kind">
          <input
            type="radio"
            name="operation"
            checked={each === kind}
            onChange={() => onChange(each)}
          />
          <span class="mono">{each}</span>
        </label>
      ))}
      <p class="kind-help">{OPERATION_HELP[kind].what}</p>
    </fieldset>
  );
}

interface TextFieldProps {
  readonly name: Exclude<FieldName, 'node' | 'peer'>;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (name: FieldName, text: string) => void;
}

function TextField({ name, value, error, onChange }: TextFieldProps): VNode {
  const id = useId();
  return (
    <div class="form-field">
      <label for={id}>{FIELD_LABELS[name]}</label>
      <input
        id={id}
        class="field"
        spellcheck={false}
        autocomplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        value={value}
        onInput={(event) => onChange(name, event.currentTarget.value)}
      />
      {error !== undefined && (
        <p id={`${id}-error`} class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function NoNetwork({ session }: { readonly session: Session }): VNode {
  return (
    <div class="empty">
      <p>
        {session.source.value === null
          ? 'The network is starting.'
          : session.source.value.kind === 'live'
            ? 'These nodes may be watched only, or have stopped. Start them with --control to run operations.'
            : 'This trace is a recording: what happened cannot be changed. Operations need a simulation that runs.'}
      </p>
    </div>
  );
}
