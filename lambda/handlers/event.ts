// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format

import type { HttpAnswer } from '../protocols/http';

/** The members of an HTTP API's event in payload format 2.0 that the runtime reads. */
export interface HttpApiEvent {
  /** The path. It starts with the stage's name, unless the stage is `$default`. */
  readonly rawPath: string;
  /** The headers by name in lower case. */
  readonly headers?: { readonly [name: string]: string | undefined };
  readonly requestContext: {
    readonly stage: string;
    readonly requestId: string;
    readonly http: { readonly method: string };
    readonly authorizer?: {
      readonly iam?: { readonly userArn?: string };
      readonly jwt?: { readonly claims?: { readonly sub?: string } };
    };
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** The members of Lambda's context that the runtime reads. */
export interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
}

/** The answer that an HTTP API passes on. */
export interface HttpApiAnswer {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Whether the body is bytes, which the API decodes. */
  readonly isBase64Encoded: boolean;
}

/** The path of the request without the stage, as the API's routes name it. */
export function pathOf({ rawPath, requestContext: { stage } }: HttpApiEvent): string {
  const prefix = `/${stage}`;
  return rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : rawPath;
}

/** The caller, if the API has checked who it is. */
export function requesterOf({ requestContext: { authorizer } }: HttpApiEvent): string | undefined {
  return authorizer?.iam?.userArn ?? authorizer?.jwt?.claims?.sub;
}

/** The body that the caller sent. */
export function bodyOf({ body = '', isBase64Encoded }: HttpApiEvent): string | Uint8Array {
  return isBase64Encoded ? Buffer.from(body, 'base64') : body;
}

/** The answer in the form that the API takes: bytes are in base64. */
export function answerOf({ status, headers, body }: HttpAnswer): HttpApiAnswer {
  if (typeof body === 'string') return { statusCode: status, headers, body, isBase64Encoded: false };
  const { buffer, byteOffset, byteLength } = body;
  return { statusCode: status, headers, body: Buffer.from(buffer, byteOffset, byteLength).toString('base64'), isBase64Encoded: true };
}
