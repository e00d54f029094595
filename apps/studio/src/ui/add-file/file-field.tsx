// Where a file comes from: chosen, dropped, or an example.
import { useId } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { FILE_BYTES_MAX } from '../../model/bytes.ts';
import { formatBytes } from '../../model/facts.ts';

interface ChosenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface FileFieldProps {
  readonly file: ChosenFile | null;
  readonly isDisabled: boolean;
  readonly onFile: (file: ChosenFile) => void;
  readonly onError: (message: string) => void;
}

export function FileField({ file, isDisabled, onFile, onError }: FileFieldProps): VNode {
  const id = useId();
  const isOver = useSignal(false);
  const read = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    if (chosen.size > FILE_BYTES_MAX) {
      onError(
        `${chosen.name} has ${formatBytes(chosen.size)}; a simulated network holds files of up to ${formatBytes(FILE_BYTES_MAX)}.`,
      );
      return;
    }
    try {
      onFile({ name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) });
    } catch {
      onError(`${chosen.name} could not be read.`);
    }
  };
  return (
    <div
      class={isOver.value ? 'file-field is-over' : 'file-field'}
      data-takes-files
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        isOver.value = false;
        void read(event.dataTransfer?.files[0]);
      }}
    >
      {file === null ? (
        <p>Drop any file here: it is cut into blocks as IPFS does, and stays in this page.</p>
      ) : (
        <p>
          <b class="file-name">{file.name}</b>{' '}
          <span class="dim">{formatBytes(file.bytes.length)}</span>
        </p>
      )}
      <div class="file-buttons">
        <label class="button" for={id}>
          Choose a file
        </label>
        <input
          id={id}
          type="file"
          class="visually-hidden"
          disabled={isDisabled}
          onChange={(event) => void read(event.currentTarget.files?.[0])}
        />
        <button
          type="button"
          class="button is-quiet"
          disabled={isDisabled}
          onClick={() => onFile(example())}
        >
          Use an example
        </button>
      </div>
    </div>
  );
}

/** Four blocks of text that differ, so that the tree has several leaves. */
function example(): ChosenFile {
  const lines: string[] = [];
  for (let i = 1; i <= 20_000; i++)
    lines.push(`line ${i}: the distance between two keys is their XOR`);
  return { name: 'example.txt', bytes: new TextEncoder().encode(lines.join('\n')) };
}
