import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PricesStack } from '../prices-stack';

const template = () => Template.fromStack(new PricesStack(new App(), 'Prices')).toJSON();

test('the stack is what it was', () => {
  expect(template()).toMatchSnapshot();
});

test('the stack comes out the same each time', () => {
  expect(template()).toEqual(template());
});
