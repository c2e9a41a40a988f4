import { Refusal } from '../refusal';
import { type HttpAnswer, jsonAnswer } from './http';

/** The answer to a request that failed: what a refusal says, and of any other error nothing but where to look. */
export function encodeError(error: unknown, requestId: string): HttpAnswer {
  if (error instanceof Refusal) return jsonAnswer(error.status, { error_code: error.code, message: error.message });
  const message = `the request failed; the log says why under request id ${requestId}`;
  return jsonAnswer(500, { error_code: 'INTERNAL_ERROR', message });
}
