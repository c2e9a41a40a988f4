import { type Construct } from 'constructs';
import { type ComputeProps, type EndpointCompute } from './endpoint-compute';
import { type LambdaFunctionOptions, runOnLambda } from './lambda-function';

/** What an endpoint runs on. */
export class Compute {
  /** A Lambda function that scores models in its own process. It costs nothing while it gets no requests. */
  public static lambdaFunction(options: LambdaFunctionOptions = {}): Compute {
    return new Compute((endpoint, props) => runOnLambda(endpoint, options, props));
  }

  private constructor(private readonly run: (endpoint: Construct, props: ComputeProps) => EndpointCompute) {}

  /**
   * Makes the resources that serve an endpoint, as its children.
   * @internal
   */
  public _run(endpoint: Construct, props: ComputeProps): EndpointCompute {
    return this.run(endpoint, props);
  }
}
