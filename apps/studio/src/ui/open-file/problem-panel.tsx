// A file that could not be read: what, where, what was kept, and what to do.
import type { VNode } from 'preact';
import type { FileProblem } from '../../open/read-trace.ts';

interface ProblemPanelProps {
  readonly problem: FileProblem;
  readonly onClose: () => void;
}

export function ProblemPanel({ problem, onClose }: ProblemPanelProps): VNode {
  const { file, line, column, excerpt } = problem;
  return (
    <section class="problem" role="alert">
      <h3>{file} could not be opened</h3>
      <p>
        {line !== null && (
          <b>
            Line {line}, column {column}:{' '}
          </b>
        )}
        {problem.problem}.
      </p>
      {excerpt.length > 0 && (
        <pre class="excerpt" tabIndex={0} aria-label={`Lines around line ${line}`}>
          {excerpt.map(({ number, text, mark }) => (
            <div key={number} class={mark >= 0 ? 'excerpt-line is-place' : 'excerpt-line'}>
              <span class="excerpt-number">{number}</span>
              {mark < 0 ? (
                text
              ) : (
                <>
                  {text.slice(0, mark)}
                  <mark>{text.slice(mark, mark + 1) || ' '}</mark>
                  {text.slice(mark + 1)}
                </>
              )}
            </div>
          ))}
        </pre>
      )}
      <p class="dim">
        {line === null ? 'Try another file.' : 'Correct this place and open the file again.'} What
        was open before is still open.
      </p>
      <button type="button" class="button" onClick={onClose}>
        Dismiss
      </button>
    </section>
  );
}
