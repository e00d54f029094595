// What the build makes of the source: see build/anchors-plugin.ts.
declare module 'virtual:anchors' {
  /** A class of the style sheet (`c` comment, `k` keyword, …) and the text it applies to. */
  export type Token = readonly [string, string];

  export interface AnchoredFunction {
    /** Path below `packages/core/src`. */
    readonly file: string;
    /** `Class.method`, or the name of the function. */
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly comment: string;
    /** Its lines, `from` to `to`. */
    readonly code: readonly (readonly Token[])[];
  }

  export interface SourceAnchor {
    readonly line: number;
    readonly statement: { readonly from: number; readonly to: number };
    /** Index in `functions`. */
    readonly function: number;
  }

  export const functions: readonly AnchoredFunction[];
  export const anchors: Readonly<Record<string, SourceAnchor>>;
}
