// A file that could not be read: what, where, what was kept, and what to do.
import type { VNode } from 'preact';
import type { FileProblem } from '../../open/read-trace.ts';

interface ProblemPanelProps {
  readonly problem: FileProblem;
  /** Whether there is anything to go on with. */
  readonly isSomethingOpen: boolean;
  readonly onClose: () => void;
}

export function ProblemPanel({ problem, isSomethingOpen, onClose }: ProblemPanelProps): VNode {
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
        {sentence(problem.problem)}
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
        {line === null ? 'Try another file.' : 'Correct this place and open the file again.'}
        {isSomethingOpen && ' What was open before is still open.'}
      </p>
      <button type="button" class="button" onClick={onClose}>
        Dismiss
      </button>
    </section>
  );
}

/** What is wrong, as a sentence: the readers say it in lower case and without a full stop, for use after a path. */
function sentence(problem: string): string {
  const text = /^\p{Ll}[\p{L}’']*(?=[\s,;:]|$)/u.test(problem)
    ? problem.charAt(0).toUpperCase() + problem.slice(1)
    : problem;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
