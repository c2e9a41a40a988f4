import { App, Validations } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgeFindings } from './acknowledge-findings';
import { HousePricesStack } from './house-prices-stack';

const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;

const stack = new HousePricesStack(app, 'HousePrices', {
  architecture: context('architecture') === 'x86_64' ? Architecture.X86_64 : Architecture.ARM_64,
  modelVersion: context('modelVersion') ?? '1',
});

// cdk synth -c nag=true checks the app with cdk-nag's AwsSolutions rules
if (context('nag') === 'true') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
acknowledgeFindings(stack);
