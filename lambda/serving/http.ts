/** A request for predictions or features, whatever brought it. */
export interface HttpRequest {
  /** The identifier under which the caller and the log know it. */
  readonly requestId: string;
  /** By name in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: string | Uint8Array;
  /** When to give up, in milliseconds since 1970. */
  readonly deadline: number;
  /** Whether the process answers its first request. */
  readonly isFirst: boolean;
  /** Who asks, as far as the gateway knows: the ARN of a role or user, or the subject of a token. */
  readonly requester?: string;
  /** Whether no caller asks, but who tries a new version before it gets traffic. */
  readonly isTrial?: boolean;
}

/** The answer to it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** An answer whose body is JSON. */
export function jsonAnswer(status: number, body: unknown, headers: { readonly [name: string]: string } = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
