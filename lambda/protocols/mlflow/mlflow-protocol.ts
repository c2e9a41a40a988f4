import { Refusal } from '../../refusal';
import { type HttpAnswer, jsonAnswer } from '../http';
import { bodyText, jsonText } from '../json-body';
import { type Protocol, REDACTED } from '../protocol';
import { readBody } from './read-body';
import { redactRequest } from './redact';
import { answerBody, writeAnswer } from './write-answer';

/** The JSON formats of MLflow's scoring server and of Databricks' serving endpoints. */
export const mlflowProtocol: Protocol = {
  decode: (request, columns) => readBody(jsonText(request), columns),
  encode: writeAnswer,
  encodeError: writeError,

  requestText(body, decoded, redaction) {
    if (redaction !== undefined) return { text: redactRequest(redaction, decoded), isJson: true };
    return { text: bodyText(body), isJson: decoded !== undefined };
  },

  answerText({ status, body }, answered, redaction) {
    const text = bodyText(body);
    if (redaction === undefined) return { text, isJson: true };
    if (status < 400 && answered !== undefined) {
      const isKept = redaction.outputs.size === 0;
      return { text: isKept ? text : JSON.stringify(answerBody(answered, redaction.outputs)), isJson: true };
    }
    // a message may show a value
    const { error_code } = JSON.parse(text) as { readonly error_code?: string };
    return { text: JSON.stringify({ error_code, message: REDACTED }), isJson: true };
  },
};

function writeError(error: unknown, requestId: string): HttpAnswer {
  if (error instanceof Refusal) return jsonAnswer(error.status, { error_code: error.code, message: error.message });
  const message = `the request failed; the log says why under request id ${requestId}`;
  return jsonAnswer(500, { error_code: 'INTERNAL_ERROR', message });
}
