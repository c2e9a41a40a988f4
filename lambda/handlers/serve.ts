import type { ModelOnlyEvent } from '../../lib/contract/rollout-document';
import type { HttpRequest } from '../protocols/http';
import { processHost } from '../serving/process-host';
import { type Host, start } from '../serving/start';
import { answerOf, bodyOf, type HttpApiAnswer, type HttpApiEvent, type LambdaContext, pathOf, requesterOf } from './event';

/** An HTTP API waits 29 seconds: our own answer must come earlier. */
const LONGEST_ANSWER = 25_000;

/** The time reserved to write the answer before the function times out, in milliseconds. */
const TIME_TO_ANSWER = 250;

/** Answers an event of an HTTP API, or of the function that tries a new version before the version gets traffic. */
export type Handler = (event: HttpApiEvent | ModelOnlyEvent, context: LambdaContext) => Promise<HttpApiAnswer>;

/**
 * The handler of a serving function: starts the endpoint in the folder, and maps events to requests and answers back.
 * @throws Error if the folder's endpoint spec cannot be served
 */
export function serve(folder: string, host: Host = processHost()): Handler {
  const endpoint = start(folder, host);
  return async (event, context) => {
    const deadline = host.now() + Math.min(LONGEST_ANSWER, context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
    const answer =
      'modelOnly' in event
        ? await endpoint.answerModelOnly(event.modelOnly, modelOnlyRequest(event, deadline))
        : await endpoint.answer(requestOf(event, deadline));
    return answerOf(answer);
  };
}

function requestOf(event: HttpApiEvent, deadline: number): HttpRequest {
  const { requestId, http } = event.requestContext;
  return {
    requestId,
    method: http.method,
    path: pathOf(event),
    headers: event.headers ?? {},
    body: bodyOf(event),
    deadline,
    requester: requesterOf(event),
  };
}

function modelOnlyRequest({ requestId, record }: ModelOnlyEvent, deadline: number): HttpRequest {
  return { requestId, method: 'POST', path: '', headers: {}, body: JSON.stringify({ dataframe_records: [record] }), deadline };
}
