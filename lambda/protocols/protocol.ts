import type { Answer } from './answer';
import type { HttpAnswer, HttpRequest } from './http';
import type { Records, RequestColumns } from './records';

/** A wire protocol: reads the body of a request, and writes the bodies of answers and errors. The route of a request chooses it. */
export interface Protocol {
  /** Reads the records of a request. @throws Refusal if the body has none of the protocol's formats */
  decode(request: HttpRequest, columns: RequestColumns): DecodedRequest;
  /** Writes an answer. @throws Refusal if the answer is too large to be sent */
  encode(answer: Answer): HttpAnswer;
  /** Writes the answer to a failed request: a refusal's message; for any other error, only where to look for the reason. */
  encodeError(error: unknown, requestId: string): HttpAnswer;
  /** The text of a request's body for the log. @param decoded undefined if the body was refused */
  requestText(body: HttpRequest['body'], decoded: DecodedRequest | undefined, redaction: Redaction | undefined): LoggedText;
  /** The text of an answer's body for the log. @param answered undefined if the request was refused or failed */
  answerText(answer: HttpAnswer, answered: Answer | undefined, redaction: Redaction | undefined): LoggedText;
}

/** The records of a request, and the other content of its body. */
export interface DecodedRequest extends Records {
  /** The name that the caller gives the request; undefined if the caller gives no name. */
  readonly clientRequestId: string | undefined;
}

/** A body in the form that the log keeps. */
export interface LoggedText {
  readonly text: string;
  /** Whether the text is JSON, which has no control characters. */
  readonly isJson: boolean;
}

/** The parts of requests and answers that the log keeps if columns are redacted. */
export interface Redaction {
  /** The request columns that are kept. */
  readonly columns: readonly (LoggedValue & { /** The index in the records' cells. */ readonly cell: number })[];
  /** The params that are kept. */
  readonly params: readonly LoggedValue[];
  /** The names of outputs whose values are left out. */
  readonly outputs: ReadonlySet<string>;
  /** Whether sticky keys are made from a redacted column. */
  readonly hidesKeys: boolean;
}

/** A column or param whose values are kept. */
export interface LoggedValue {
  readonly name: string;
  /** Whether a JSON value has a form of the type. Any other value is left out, because it may hold values of other columns. */
  readonly isValue: (value: unknown) => boolean;
}

/** The text that replaces a left-out value in the log. */
export const REDACTED = '[REDACTED]';
