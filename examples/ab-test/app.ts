import { App, Duration } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Rollout } from 'cdk-ml-serving';
import { AbTestStack } from './ab-test-stack';

const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
const props = {
  architecture: context('architecture') === 'x86_64' ? Architecture.X86_64 : Architecture.ARM_64,
  share: Number(context('share') ?? 10),
};

// two environments of one app: what staging has tried is what production gets, in steps
new AbTestStack(app, 'Staging', { ...props, rollout: Rollout.allAtOnce() });
new AbTestStack(app, 'Production', { ...props, rollout: Rollout.canary({ percentage: 10, interval: Duration.minutes(10) }) });
