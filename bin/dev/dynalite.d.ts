declare module 'dynalite' {
  import type { Server } from 'node:http';
  export default function dynalite(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }): Server;
}

declare module 'dynalite/db/conditionParser' {
  export interface ParserContext {
    readonly attrNames?: Readonly<Record<string, string>>;
    readonly attrVals?: Readonly<Record<string, object>>;
    readonly unusedAttrNames?: Record<string, unknown>;
    readonly unusedAttrVals?: Record<string, unknown>;
  }
  const parser: {
    /** @returns the parsed condition, or what is wrong with it */
    parse: (expression: string, options: { readonly context: ParserContext }) => object | string;
  };
  export default parser;
}
