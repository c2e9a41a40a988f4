import type { Answer } from './answer';
import type { HttpAnswer, HttpRequest } from './http';
import type { Records, RequestColumns } from './records';

/** A wire protocol: reads the body of a request, and writes the bodies of answers and errors. The route of a request chooses it. */
export interface Protocol {
  /** Reads the records of a request. @throws Refusal if the body has none of the protocol's formats */
  decode(request: HttpRequest, columns: RequestColumns): DecodedRequest;
  /** Writes an answer. @throws Refusal if the answer is too large to be sent */
  encode(answer: Answer): HttpAnswer;
  /** Writes what a failed request is answered: a refusal's message, and of any other error nothing but where to look. */
  encodeError(error: unknown, requestId: string): HttpAnswer;
  /** The text of a request's body for the log. @param decoded undefined if the body was refused */
  requestText(body: HttpRequest['body'], decoded: DecodedRequest | undefined, redaction: Redaction | undefined): LoggedText;
  /** The text of an answer's body for the log. */
  answerText(answer: HttpAnswer, redaction: Redaction | undefined): LoggedText;
}

/** The records of a request, and what else its body says. */
export interface DecodedRequest extends Records {
  /** The name that the caller gives the request; undefined where it gives none. */
  readonly clientRequestId: string | undefined;
  /** The parsed body, for the protocol's own use: `requestText` may overwrite it. */
  readonly body: unknown;
}

/** A body as the log has it. */
export interface LoggedText {
  readonly text: string;
  /** Whether the text is JSON, which has no control characters. */
  readonly isJson: boolean;
}

/** What the log leaves out of requests and answers. */
export interface Redaction {
  readonly columns: ReadonlySet<string>;
  /** Whether answers name one of the columns. */
  readonly isAnswered: boolean;
  /** Whether predictions without a name may be values of one of the columns: an answer with one output leaves its name out. */
  readonly hidesUnnamed: boolean;
  /** Whether sticky keys are made of one of the columns. */
  readonly hidesKeys: boolean;
}

/** Stands in the log in place of a value that is left out. */
export const REDACTED = '[REDACTED]';
