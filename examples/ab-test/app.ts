import { App, Duration, Validations } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Rollout } from 'cdk-ml-serving';
import { AbTestStack } from './ab-test-stack';
import { acknowledgeFindings } from './acknowledge-findings';

const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;
const props = {
  architecture: context('architecture') === 'x86_64' ? Architecture.X86_64 : Architecture.ARM_64,
  share: Number(context('share') ?? 10),
};

// two environments of one app: production gets in steps what staging has tested
const stacks = [
  new AbTestStack(app, 'Staging', { ...props, rollout: Rollout.allAtOnce() }),
  new AbTestStack(app, 'Production', { ...props, rollout: Rollout.canary({ percentage: 10, interval: Duration.minutes(10) }) }),
];

// cdk synth -c nag=true checks the app with cdk-nag's AwsSolutions rules
if (context('nag') === 'true') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
stacks.forEach(acknowledgeFindings);
