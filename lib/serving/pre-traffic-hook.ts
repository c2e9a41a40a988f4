import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, LoggingFormat } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionCode } from '../compute/function-asset';
import { functionRole } from '../compute/function-role';
import { LAMBDA_RUNTIME } from '../compute/runtime-layer';
import { withFunctionAsset } from '../compute/with-function-asset';
import { refuse } from '../refuse';
import { NEW_VERSION_VARIABLE, ROLLOUT_DOCUMENT_FILE, type RolloutDocument } from '../spec/rollout-document';

/** What the package's build made of the function's code. */
const BUNDLE = join(__dirname, '..', '..', 'assets', 'pre-traffic', 'pre-traffic.js');

const ENTRY = 'exports.handler = require("./pre-traffic.js").preTraffic(__dirname);\n';

/** The function that CodeDeploy calls before requests come to a new version: it asks that version the recorded cases. */
export class PreTrafficHook extends Construct {
  public readonly lambdaFunction: Function;
  private readonly role: Role;

  /** @param served whose current version is tried */
  constructor(scope: Construct, id: string, served: Function, document: RolloutDocument) {
    super(scope, id);
    const log = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    this.role = functionRole(this, 'Role');
    log.grantWrite(this.role);
    const newVersion = served.currentVersion.functionArn;
    Grant.addToPrincipal({ grantee: this.role, actions: ['lambda:InvokeFunction'], resourceArns: [newVersion] });
    this.lambdaFunction = withFunctionAsset(this, this.code(document), (asset) => {
      return new Function(this, 'Function', {
        description: `Tries new versions of the endpoint ${document.endpointName}`,
        runtime: LAMBDA_RUNTIME,
        architecture: Architecture.ARM_64,
        handler: 'index.handler',
        code: Code.fromAsset(asset.folder, { assetHash: asset.sha256 }),
        environment: { [NEW_VERSION_VARIABLE]: newVersion },
        memorySize: 512,
        timeout: Duration.minutes(15),
        role: this.role,
        logGroup: log,
        loggingFormat: LoggingFormat.TEXT, // its lines are JSON already; the other format would wrap them in its own
      });
    });
  }

  private code(document: RolloutDocument): FunctionCode {
    if (!existsSync(BUNDLE)) refuse(this, `expected the built runtime, run \`npm run build:assets\`, got: nothing at ${BUNDLE}`);
    return {
      entry: ENTRY,
      document: { file: ROLLOUT_DOCUMENT_FILE, content: document },
      files: [{ path: 'pre-traffic.js', source: BUNDLE }],
    };
  }
}
