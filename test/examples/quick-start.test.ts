import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PricesStack } from '../../examples/quick-start/prices-stack';

test('the quick start is one endpoint and one feature table', () => {
  const template = Template.fromStack(new PricesStack(new App(), 'Prices'));
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
});
