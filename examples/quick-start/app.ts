import { App } from 'aws-cdk-lib';
import { PricesStack } from './prices-stack';

new PricesStack(new App(), 'Prices');
