// Whether things may move: follows the system's setting.
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

const query = matchMedia('(prefers-reduced-motion: reduce)');
const current = signal(query.matches);
query.addEventListener('change', () => (current.value = query.matches));

/** True when the user has asked for less motion: messages are arrows that do not move. */
export const prefersStillness: ReadonlySignal<boolean> = current;
