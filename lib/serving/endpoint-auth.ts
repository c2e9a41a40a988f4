import { type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';

/** Who may call the endpoints of an API. */
export class EndpointAuth {
  /**
   * AWS principals with permission to call: requests are signed with Signature Version 4 for the service `execute-api`, and API Gateway
   * answers 403 to any other. `grantInvoke` gives the permission.
   */
  public static iam(): EndpointAuth {
    return new EndpointAuth(true);
  }

  /** Anyone who knows the address. For what is public, or protected in front of the API. */
  public static none(): EndpointAuth {
    return new EndpointAuth(false);
  }

  private constructor(
    /** @internal */
    public readonly _checksIam: boolean,
  ) {}

  /** @internal */
  public _authorizer(): IHttpRouteAuthorizer | undefined {
    return this._checksIam ? new HttpIamAuthorizer() : undefined;
  }
}
