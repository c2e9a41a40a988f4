import { RemovalPolicy } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type Function } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundledFunction } from '../functions/bundled-function';
import { functionRole } from '../functions/function-role';
import { NEW_VERSION_VARIABLE, ROLLOUT_DOCUMENT_FILE, type RolloutDocument } from '../contract/rollout-document';

/** The function that CodeDeploy calls before requests come to a new version: it asks that version the recorded cases. */
export class PreTrafficHook extends Construct {
  public readonly lambdaFunction: Function;

  /** @param served whose current version is tried */
  constructor(scope: Construct, id: string, served: Function, document: RolloutDocument) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    const role = functionRole(this, 'Role');
    logGroup.grantWrite(role);
    const newVersion = served.currentVersion.functionArn;
    Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [newVersion] });
    this.lambdaFunction = bundledFunction(this, {
      bundle: 'pre-traffic',
      handler: 'preTraffic',
      document: { file: ROLLOUT_DOCUMENT_FILE, content: document },
      description: `Tries new versions of the endpoint ${document.endpointName}`,
      environment: { [NEW_VERSION_VARIABLE]: newVersion },
      memoryMiB: 512,
      role,
      logGroup,
    });
  }
}
