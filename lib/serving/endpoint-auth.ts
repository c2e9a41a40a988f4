import { type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';

/**
 * How one API checks its callers.
 * @internal
 */
export interface BoundAuth {
  /** The authorizer of all routes of the API; undefined if API Gateway checks nothing. */
  readonly authorizer?: IHttpRouteAuthorizer;
}

/** Who may call the endpoints of an API. */
export class EndpointAuth {
  /**
   * Callers are AWS principals with permission to invoke the API. They sign requests with Signature Version 4 for the service `execute-api`;
   * API Gateway answers 403 to all others. `grantInvoke` grants the permission.
   */
  public static iam(): EndpointAuth {
    return new EndpointAuth(true);
  }

  /** Anyone who knows the URL may call. For public data, or if something in front of the API checks the callers. */
  public static none(): EndpointAuth {
    return new EndpointAuth(false);
  }

  private constructor(
    /** @internal */
    public readonly _checksIam: boolean,
  ) {}

  /**
   * Called once for each API.
   * @internal
   */
  public _bind(): BoundAuth {
    return this._checksIam ? { authorizer: new HttpIamAuthorizer() } : {};
  }
}
