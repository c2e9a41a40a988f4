import { AssetStaging, type CfnResource, Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';

/** The type of the entries in the cloud assembly's metadata of a function under which the command line finds the cases of what it serves. */
const CASES_METADATA = 'cdk-ml-serving:cases';

/** The cases of a model version that a function serves. */
export interface ServedCases {
  readonly servedEntity: string;
  /** The absolute path of their file. */
  readonly file: string;
}

/**
 * Copies cases into the cloud assembly, where the command line finds them. They are no part of the template and no asset that is uploaded:
 * another case changes nothing that is deployed.
 */
export function keepCases(scope: Construct, resource: CfnResource, cases: readonly ServedCases[]): void {
  cases.forEach(({ servedEntity, file }, i) => {
    const staging = new AssetStaging(scope, `Cases${i}`, { sourcePath: file });
    // a text: what else may stand there, the schema of cloud assemblies says
    resource.node.addMetadata(CASES_METADATA, JSON.stringify({ servedEntity, file: staging.relativeStagedPath(Stack.of(scope)) }));
  });
}
