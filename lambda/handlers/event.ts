// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.proxy-format

/** What the runtime reads of an HTTP API's event in payload format 2.0. */
export interface HttpApiEvent {
  /** With the stage's name in front, unless that is `$default`. */
  readonly rawPath: string;
  /** By name in lower case. */
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

/** What the runtime reads of Lambda's context. */
export interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
}

/** The answer that an HTTP API passes on. */
export interface HttpApiAnswer {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** The path of the request as the API's routes name it. */
export function pathOf({ rawPath, requestContext: { stage } }: HttpApiEvent): string {
  const prefix = `/${stage}`;
  return rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : rawPath;
}

/** Who asks, as far as the API has checked it. */
export function requesterOf({ requestContext: { authorizer } }: HttpApiEvent): string | undefined {
  return authorizer?.iam?.userArn ?? authorizer?.jwt?.claims?.sub;
}

/** The body as it was sent. */
export function bodyOf({ body = '', isBase64Encoded }: HttpApiEvent): string | Uint8Array {
  return isBase64Encoded ? Buffer.from(body, 'base64') : body;
}
