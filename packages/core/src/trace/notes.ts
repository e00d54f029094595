// Collects what is odd in a file: each oddity once, with the numbers of the records that show it.

/** Record numbers that a note names before it only counts. */
const NAMED_MAX = 5;
/** Different notes kept: a file of which every record is odd in its own way is not read sentence by sentence. */
const NOTES_MAX = 100;

/** Notes by text, in the order in which they first came up. */
export class Notes {
  readonly #records = new Map<string, { named: number[]; count: number }>();
  readonly #plain: string[] = [];
  #dropped = 0;

  /** Record number `record` (from 1) shows this oddity. */
  add(record: number, text: string): void {
    let entry = this.#records.get(text);
    if (entry === undefined) {
      if (this.#records.size >= NOTES_MAX) {
        this.#dropped++;
        return;
      }
      entry = { named: [], count: 0 };
      this.#records.set(text, entry);
    }
    entry.count++;
    if (entry.named.length < NAMED_MAX) entry.named.push(record);
  }

  /** A note on the whole file, once however often it comes up. */
  addPlain(text: string): void {
    if (this.#plain.includes(text)) return;
    if (this.#plain.length < NOTES_MAX) this.#plain.push(text);
    else this.#dropped++;
  }

  /** One sentence for each oddity. */
  list(): string[] {
    const sentences = [...this.#plain];
    for (const [text, { named, count }] of this.#records) {
      const rest = count - named.length;
      const numbers = named.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
      sentences.push(`${count === 1 ? 'Record' : 'Records'} ${numbers}: ${text}.`);
    }
    if (this.#dropped > 0) sentences.push(`There are ${this.#dropped} more notes like these.`);
    return sentences;
  }
}
