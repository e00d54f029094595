// Bytes, without the libraries that name them.

/** The largest file that can be added: it is held several times in memory, once for each node that has it. */
export const FILE_BYTES_MAX: number = 32 * 1024 * 1024;

/** True when both are the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A text as UTF-8; halves of characters become the replacement character, as everywhere. */
export function utf8Bytes(text: string): Uint8Array {
  const whole = text.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
  const binary = encodeURIComponent(whole).replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
