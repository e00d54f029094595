// Open a trace: drop it, choose it, or take a sample. What cannot be read gets a clear error.
import { useId } from 'preact/hooks';
import type { VNode } from 'preact';
import type { Session } from '../model/session.ts';
import { forgetOpening, openFiles, opening, openPath } from '../open/open-trace.ts';
import { formatBytes } from '../model/facts.ts';
import { ProblemPanel } from './open-file/problem-panel.tsx';
import { counted } from './words.ts';
import '../styles/panes.css';
import './operations/operations.css';
import './add-file/add-file.css';
import './open-file/open-file.css';

/** Traces of our own making, beside the page. */
const SAMPLES = [
  {
    path: 'samples/telegraph.netvis',
    name: 'Telegraph',
    about: 'eight cable stations, a lost answer; every NetVis event',
  },
  {
    path: 'samples/gossip.ndjson',
    name: 'Gossip',
    about: 'a rumour among 32 nodes, one record a line',
  },
  {
    path: 'samples/lighthouses.json',
    name: 'Lighthouses',
    about: 'the older object of nodes and messages',
  },
] as const;

export function OpenFilePanel({ session }: { readonly session: Session }): VNode {
  const id = useId();
  const now = opening.value;
  return (
    <div class="open-file">
      <div class="file-field">
        <p>Drop a trace anywhere on this window.</p>
        <div class="file-buttons">
          <label class="button is-primary" for={id}>
            Choose a file
          </label>
          <input
            id={id}
            type="file"
            class="visually-hidden"
            multiple
            accept=".netvis,.json,.ndjson,.jsonl,.gz,.arrow"
            onChange={(event) => {
              const files = [...(event.currentTarget.files ?? [])];
              if (files.length > 0) void openFiles(session, files.map(named));
              event.currentTarget.value = '';
            }}
          />
        </div>
        <p class="dim">
          NetVis as a list or one record a line, logs of Kubo, go-libp2p, js-libp2p and
          OpenTelemetry, also as .gz, and Arrow; several recordings of one network become one.
          Nothing leaves this page.
        </p>
      </div>
      {now.state === 'busy' && <Busy file={now.file} progress={now.progress} />}
      {now.state === 'failed' && (
        <ProblemPanel
          problem={now.problem}
          isSomethingOpen={session.trace.value.nodes.length > 0}
          onClose={forgetOpening}
        />
      )}
      {now.state === 'done' && now.notes.length > 0 && <Notes file={now.file} notes={now.notes} />}
      <section>
        <h3 class="samples-title">Samples</h3>
        <ul class="samples">
          {SAMPLES.map(({ path, name, about }) => (
            <li key={path}>
              <button type="button" class="sample" onClick={() => void openPath(session, path)}>
                <b>{name}</b>
                <small>{about}</small>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function named(file: File): { readonly name: string; readonly file: File } {
  return { name: file.name, file };
}

interface BusyProps {
  readonly file: string;
  readonly progress: {
    readonly phase: string;
    readonly bytes: number;
    readonly totalBytes: number;
  } | null;
}

function Busy({ file, progress }: BusyProps): VNode {
  const isReading = progress?.phase === 'reading';
  return (
    <div class="busy" role="status">
      <p>
        {isReading ? 'Reading' : 'Opening'} <b class="file-name">{file}</b>
        {progress !== null &&
          ` · ${formatBytes(progress.bytes)} of ${formatBytes(progress.totalBytes)}`}
      </p>
      <progress
        {...(isReading && { value: progress.bytes, max: progress.totalBytes })}
        aria-label={`Opening ${file}`}
      />
    </div>
  );
}

/** Notes shown; a broken file can have thousands. */
const NOTES_SHOWN = 50;

function Notes({
  file,
  notes,
}: {
  readonly file: string;
  readonly notes: readonly string[];
}): VNode {
  return (
    <details class="notes" open>
      <summary>
        {counted(notes.length, 'note')} on <b class="file-name">{file}</b>
      </summary>
      <ul>
        {notes.slice(0, NOTES_SHOWN).map((note, i) => (
          <li key={i}>{note}</li>
        ))}
        {notes.length > NOTES_SHOWN && <li>and {notes.length - NOTES_SHOWN} more</li>}
      </ul>
    </details>
  );
}
