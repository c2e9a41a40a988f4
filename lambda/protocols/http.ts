/** A request to an endpoint, from any source. */
export interface HttpRequest {
  /** The identifier of the request, for the caller and in the log. */
  readonly requestId: string;
  readonly method: string;
  /** The path without a stage's name, as the endpoint's routes have it. */
  readonly path: string;
  /** The headers by name in lower case. */
  readonly headers: { readonly [name: string]: string | undefined };
  readonly body: string | Uint8Array;
  /** The deadline of the request, in milliseconds since 1970. */
  readonly deadline: number;
  /** The caller, if the gateway knows it: the ARN of a role or user, or the subject of a token. */
  readonly requester?: string;
}

/** The answer to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
}

/** An answer whose body is JSON. */
export interface JsonAnswer extends HttpAnswer {
  readonly body: string;
}

/** Makes an answer whose body is JSON. */
export function jsonAnswer(status: number, body: unknown, headers: { readonly [name: string]: string } = {}): JsonAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
