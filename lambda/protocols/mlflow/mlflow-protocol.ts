import { Refusal } from '../../refusal';
import { type HttpAnswer, jsonAnswer } from '../http';
import { bodyText, jsonText } from '../json-body';
import type { Protocol } from '../protocol';
import { readBody } from './read-body';
import { redactAnswer, redactRequest } from './redact';
import { writeAnswer } from './write-answer';

/** The JSON formats of MLflow's scoring server and of Databricks' serving endpoints. */
export const mlflowProtocol: Protocol = {
  decode: (request, columns) => readBody(jsonText(request), columns),
  encode: writeAnswer,
  encodeError: writeError,

  requestText(body, decoded, redaction) {
    const text = bodyText(body);
    if (redaction === undefined) return { text, isJson: decoded !== undefined };
    return { text: redactRequest(redaction, decoded === undefined ? parseOrUndefined(text) : decoded.body), isJson: true };
  },

  answerText({ status, body }, redaction) {
    const text = bodyText(body);
    return { text: redaction === undefined ? text : redactAnswer(redaction, status, text), isJson: true };
  },
};

function writeError(error: unknown, requestId: string): HttpAnswer {
  if (error instanceof Refusal) return jsonAnswer(error.status, { error_code: error.code, message: error.message });
  const message = `the request failed; the log says why under request id ${requestId}`;
  return jsonAnswer(500, { error_code: 'INTERNAL_ERROR', message });
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
