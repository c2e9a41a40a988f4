/** What goes to a function's process: an event to handle. */
export interface Invocation {
  readonly requestId: string;
  readonly event: unknown;
  /** When the function has to be done, in milliseconds since 1970. */
  readonly deadline: number;
}

/** What comes from a function's process: first `ready` or `broken`, then an outcome for each invocation. */
export type HostMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: string }
  | { readonly kind: 'answer'; readonly requestId: string; readonly result: unknown }
  | { readonly kind: 'error'; readonly requestId: string; readonly error: string };
