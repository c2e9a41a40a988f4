import { RemovalPolicy } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type Function } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { answeredOutputs, type ModelCases } from '../contract/model-cases';
import { modelOnlyEntity } from '../contract/check-entity';
import { NEW_VERSION_VARIABLE, ROLLOUT_DOCUMENT_FILE, type RolloutDocument } from '../contract/rollout-document';
import { bundledFunction } from '../functions/bundled-function';
import { functionRole } from '../functions/function-role';
import { type EndpointContents } from './endpoint-contents';

/** The function that CodeDeploy calls before a new version gets requests. It sends the recorded cases of the models to that version. */
export class PreTrafficHook extends Construct {
  public readonly lambdaFunction: Function;

  /** @param served the function whose current version is tested */
  constructor(scope: Construct, id: string, served: Function, contents: EndpointContents) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.SIX_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    const role = functionRole(this, 'Role');
    logGroup.grantWrite(role);
    // all versions, so that the policy never changes: IAM takes seconds to apply a change, and CodeDeploy calls the hook at once
    Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [`${served.functionArn}:*`] });
    this.lambdaFunction = bundledFunction(this, {
      bundle: 'pre-traffic',
      handler: 'preTraffic',
      document: { file: ROLLOUT_DOCUMENT_FILE, content: rolloutDocument(contents) },
      description: `Tests new versions of the endpoint ${contents.spec.endpointName}`,
      environment: { [NEW_VERSION_VARIABLE]: served.currentVersion.functionArn },
      memoryMiB: 512,
      role,
      logGroup,
    });
  }
}

/** The answers that a new version must give. */
function rolloutDocument({ spec, cases }: EndpointContents): RolloutDocument {
  return {
    endpointName: spec.endpointName,
    entities: cases.flatMap(({ servedEntity, file }) => {
      const entity = spec.servedEntities.find(({ name }) => name === servedEntity);
      if (entity?.kind !== 'model') return [];
      const { requestColumns, features } = modelOnlyEntity(entity.model);
      const document = JSON.parse(readFileSync(file, 'utf8')) as ModelCases;
      return [
        {
          servedEntity,
          requestColumns,
          features,
          outputs: answeredOutputs(entity.model),
          cases: {
            tolerance: document.tolerance,
            // a file of cases may have other fields, which the hook does not read
            cases: document.cases.map(({ name, row, expected }) => ({ name, row, expected })),
          },
        },
      ];
    }),
  };
}
