// Add a file: a real file is cut into blocks with real CIDs, kept and announced by one node, then found
// and fetched by another; at the end its bytes are compared with those of the file.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { findNodes } from '../model/operation-form.ts';
import type { AddedFile, FetchedFile } from '../model/protocol.ts';
import type { Session } from '../model/session.ts';
import { AddedSection, FetchedSection } from './add-file/sections.tsx';
import { FileField } from './add-file/file-field.tsx';
import { Icon } from './icons.tsx';
import { showOperation } from './operations/show-operation.ts';
import { NodePicker } from './node-picker.tsx';
import '../styles/panes.css';
import './operations/operations.css';
import './add-file/add-file.css';

/** Where the story of one file stands. It outlives the panel. */
export interface FileStory {
  readonly trace: Trace | null;
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | null;
  readonly provider: string;
  readonly fetcher: string;
  readonly step: 'choose' | 'adding' | 'added' | 'fetching' | 'fetched';
  readonly added: AddedFile | null;
  readonly fetched: FetchedFile | null;
  readonly error: string;
}

const START: FileStory = {
  trace: null,
  file: null,
  provider: '',
  fetcher: '',
  step: 'choose',
  added: null,
  fetched: null,
  error: '',
};

const story = signal<FileStory>(START);

function change(part: Partial<FileStory>): void {
  story.value = { ...story.peek(), ...part };
}

export function AddFilePanel({ session }: { readonly session: Session }): VNode {
  const trace = session.trace.value;
  useEffect(() => prefill(session), [trace]);
  const source = session.source.value;
  if (source?.network == null || source.kind === 'live') {
    return (
      <p class="empty">
        {source === null
          ? 'The network is starting.'
          : source.kind === 'live'
            ? 'Files can be added to the simulated network only. Content of your own can be announced here by its CID: see Operations.'
            : 'This trace is a recording. Adding a file needs a simulation that runs.'}
      </p>
    );
  }
  const { file, step, added, fetched, error, provider, fetcher } = story.value;
  const isBusy = step === 'adding' || step === 'fetching';
  return (
    <div class="add-file">
      <FileField
        file={file}
        isDisabled={isBusy}
        onFile={(next) => change({ ...START, trace, provider, fetcher, file: next })}
        onError={(text) => change({ error: text })}
      />
      <NodePicker
        session={session}
        label="kept and announced by"
        value={provider}
        onChange={(text) => change({ provider: text, error: '' })}
      />
      <button
        type="button"
        class="button is-primary"
        disabled={file === null || isBusy}
        onClick={() => void add(session)}
      >
        <Icon name="add" /> {step === 'adding' ? 'Cutting and announcing…' : 'Add and announce'}
      </button>
      {added !== null && <AddedSection session={session} added={added} />}
      {added !== null && (
        <>
          <NodePicker
            session={session}
            label="found and fetched by"
            value={fetcher}
            onChange={(text) => change({ fetcher: text, error: '' })}
          />
          <button
            type="button"
            class="button is-primary"
            disabled={isBusy}
            onClick={() => void fetchFile(session)}
          >
            <Icon name="search" />{' '}
            {step === 'fetching' ? 'Finding and fetching…' : 'Find and fetch'}
          </button>
        </>
      )}
      {fetched !== null && added !== null && file !== null && (
        <FetchedSection session={session} added={added} fetched={fetched} original={file.bytes} />
      )}
      {error !== '' && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

async function add(session: Session): Promise<void> {
  const { file, provider } = story.peek();
  const node = nodeOf(session.trace.peek(), provider);
  if (file === null || node < 0)
    return change({ error: `No single node is called ‘${provider}’.` });
  change({ step: 'adding', added: null, fetched: null, error: '' });
  try {
    const network = session.source.peek()!.network!;
    const added = await network.addFile({ name: file.name, bytes: file.bytes, node });
    change({ step: 'added', added });
    show(session, added.startMs, added.operation);
  } catch (error) {
    change({ step: 'choose', error: messageOf(error) });
  }
}

async function fetchFile(session: Session): Promise<void> {
  const { added, fetcher } = story.peek();
  const node = nodeOf(session.trace.peek(), fetcher);
  if (added === null || node < 0)
    return change({ error: `No single node is called ‘${fetcher}’.` });
  if (node === added.node)
    return change({ error: 'This node has the file already; choose another one.' });
  change({ step: 'fetching', fetched: null, error: '' });
  try {
    const fetched = await session.source.peek()!.network!.fetchFile({ cid: added.root, node });
    change({ step: 'fetched', fetched });
    show(session, fetched.startMs, fetched.operation);
  } catch (error) {
    change({ step: 'added', error: messageOf(error) });
  }
}

/** Plays from where something began. */
function show(session: Session, timeMs: number, operation: number): void {
  session.letTraceChoose();
  session.seekTime(timeMs);
  showOperation(session, operation);
  session.play();
}

function nodeOf(trace: Trace, text: string): number {
  return text.trim() === '' ? -1 : (findNodes(trace, text, 1)[0] ?? -1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Another network starts another story; the file stays. */
function prefill(session: Session): void {
  const trace = session.trace.peek();
  if (story.peek().trace === trace) return;
  const present = trace.nodes
    .map((_, node) => node)
    .filter((node) => session.state.isPresent(node));
  if (present.length < 2) return;
  const [provider, fetcher] = [
    present[Math.floor(present.length / 5)]!,
    present[Math.floor((present.length * 3) / 4)]!,
  ];
  story.value = {
    ...START,
    trace,
    file: story.peek().file,
    provider: nodeName(trace, provider),
    fetcher: nodeName(trace, fetcher),
  };
}
