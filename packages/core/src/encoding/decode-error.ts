/** Why bytes from elsewhere are not what they should be: the only thing that a decoder throws. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** Where in the input, in bytes from its start; -1 where no place can be named. */
  readonly offset: number;

  constructor(message: string, offset = -1) {
    super(offset < 0 ? message : `${message} (at byte ${offset})`);
    this.offset = offset;
  }
}
