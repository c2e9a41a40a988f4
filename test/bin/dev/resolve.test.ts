import type { Stack, Template } from '../../../bin/app/cloud-assembly';
import { LocalNames } from '../../../bin/dev/local-names';
import { Resolver, Unresolved } from '../../../bin/dev/resolve';
import type { JsonValue } from '../../../lib/contract/data-types';

const stack = (displayName: string, template: Template, more: Partial<Stack> = {}): Stack => ({
  displayName,
  stackName: displayName.replace('/', '-'),
  account: '111111111111',
  region: 'eu-west-1',
  parameters: {},
  assets: new Map(),
  cases: new Map(),
  existingTables: [],
  template,
  ...more,
});

const MAIN: Template = {
  Parameters: {
    Size: { Type: 'Number', Default: '7' },
    Given: { Type: 'String', Default: 'default' },
    Subnets: { Type: 'List<String>', Default: 'a, b' },
    Empty: { Type: 'String' },
    Ami: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/ami' },
  },
  Mappings: { Regions: { 'eu-west-1': { Name: 'Ireland' } } },
  Conditions: {
    IsIreland: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
    IsNot: { 'Fn::Not': [{ Condition: 'IsIreland' }] },
    IsBoth: { 'Fn::And': [{ Condition: 'IsIreland' }, { Condition: 'IsNot' }] },
    IsEither: { 'Fn::Or': [{ Condition: 'IsIreland' }, { Condition: 'IsNot' }] },
  },
  Resources: {
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': 'named-${AWS::Region}' } } },
    Fn: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: { Ref: 'Empty' } } },
    Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
    Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Name: 'live' } },
    Layer: { Type: 'AWS::Lambda::LayerVersion' },
    Api: { Type: 'AWS::ApiGatewayV2::Api' },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: '$default' } },
    Queue: { Type: 'AWS::SQS::Queue' },
    Elsewhere: { Type: 'AWS::DynamoDB::Table', Condition: 'IsNot' },
  },
};

const OTHER: Template = {
  Resources: {
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'named-eu-west-1' } },
  },
  Outputs: {
    Exported: { Value: { Ref: 'Table' }, Export: { Name: 'Other:Table' } },
    Plain: { Value: { 'Fn::GetAtt': ['Table', 'Arn'] } },
  },
};

const main = stack('Main', MAIN, { parameters: { Given: 'given' } });
const stacks = [main, stack('Prod/Other', OTHER), stack('Beta/Other', OTHER, { stackName: 'Prod-Other', region: 'us-west-2' })];
const names = new LocalNames(stacks, (key) => (key === 'Main/Api' ? 'http://localhost:3000' : undefined));
const resolver = new Resolver(stacks, names);

test.each<[JsonValue, JsonValue]>([
  [{ Ref: 'AWS::AccountId' }, '111111111111'],
  [{ Ref: 'AWS::StackName' }, 'Main'],
  [{ Ref: 'AWS::StackId' }, 'arn:aws:cloudformation:eu-west-1:111111111111:stack/Main/local'],
  [{ Ref: 'AWS::NotificationARNs' }, []],
  [{ 'Fn::Join': ['.', [{ Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }]] }, 'aws.amazonaws.com'],
  [{ Ref: 'Size' }, '7'],
  [{ Ref: 'Given' }, 'given'],
  [{ Ref: 'Subnets' }, ['a', 'b']],
  [{ Ref: 'Table' }, 'Main-Table'],
  [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:aws:dynamodb:eu-west-1:111111111111:table/Main-Table'],
  [{ 'Fn::GetAtt': 'Table.Arn' }, 'arn:aws:dynamodb:eu-west-1:111111111111:table/Main-Table'],
  [{ Ref: 'Named' }, 'named-eu-west-1'],
  [{ Ref: 'Fn' }, 'Main-Fn'],
  [{ 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:eu-west-1:111111111111:function:Main-Fn'],
  [{ Ref: 'Version' }, 'arn:aws:lambda:eu-west-1:111111111111:function:Main-Fn:1'],
  [{ 'Fn::GetAtt': ['Version', 'Version'] }, '1'],
  [{ Ref: 'Live' }, 'arn:aws:lambda:eu-west-1:111111111111:function:Main-Fn:live'],
  [{ Ref: 'Layer' }, 'arn:aws:lambda:eu-west-1:111111111111:layer:Main-Layer:1'],
  [{ 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, 'http://localhost:3000'],
  [{ Ref: 'Stage' }, '$default'],
  [
    { 'Fn::Sub': '${Table}-${Table.Arn}-${!Literal}-${AWS::Region}' },
    'Main-Table-arn:aws:dynamodb:eu-west-1:111111111111:table/Main-Table-${Literal}-eu-west-1',
  ],
  [{ 'Fn::Sub': ['${Mine}/${Given}', { Mine: { Ref: 'Size' } }] }, '7/given'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': ['-', 'a-b-c'] }] }, 'b'],
  [{ 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Name'] }, 'Ireland'],
  [{ 'Fn::FindInMap': ['Regions', 'x', 'Name', { DefaultValue: { Ref: 'Size' } }] }, '7'],
  [{ 'Fn::If': ['IsIreland', 'yes', 'no'] }, 'yes'],
  [{ 'Fn::If': ['IsBoth', 'yes', 'no'] }, 'no'],
  [{ 'Fn::If': ['IsEither', 'yes', 'no'] }, 'yes'],
  [{ 'Fn::Base64': 'a' }, 'YQ=='],
  [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1, null, true] }, { b: [1, null, true] }],
  [{ 'Fn::ImportValue': 'Other:Table' }, 'Prod-Other-Table'],
  [
    { 'Fn::GetStackOutput': { StackName: 'Prod-Other', OutputName: 'Plain' } },
    'arn:aws:dynamodb:eu-west-1:111111111111:table/Prod-Other-Table',
  ],
  [{ 'Fn::GetStackOutput': { StackName: 'Prod-Other', OutputName: 'Exported', Region: 'us-west-2' } }, 'Beta-Other-Table'],
])('computes %j', (value, expected) => {
  expect(resolver.resolve(main, value)).toEqual(expected);
});

test.each<[JsonValue, string]>([
  [{ Ref: 'Queue' }, 'it refers to Queue (AWS::SQS::Queue), which does not run here'],
  [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }, 'it refers to StreamArn of Table (AWS::DynamoDB::GlobalTable), which it does not have here'],
  [{ Ref: 'Nothing' }, 'it refers to Nothing, which the template does not have'],
  [{ 'Fn::GetAtt': ['Nothing', 'Arn'] }, 'it refers to Nothing, which the template does not have'],
  [{ Ref: 'Empty' }, 'the parameter Empty has no value and no default'],
  [{ Ref: 'Ami' }, 'the parameter Ami is looked up in the Parameter Store when the stack is deployed'],
  ['{{resolve:ssm:/a}}', '{{resolve:ssm:/a}} is looked up by CloudFormation when the stack is deployed'],
  [{ 'Fn::Sub': '{{resolve:ssm:/${Given}}}' }, '{{resolve:ssm:/given}} is looked up by CloudFormation when the stack is deployed'],
  [{ 'Fn::Select': [3, ['a']] }, 'Fn::Select has no element 3 in ["a"]'],
  [{ 'Fn::FindInMap': ['Regions', 'x', 'Name'] }, 'the mapping Regions has no x.Name'],
  [{ 'Fn::If': ['Unknown', 1, 2] }, 'the template has no condition Unknown'],
  [{ 'Fn::Join': ['', { Ref: 'Given' }] }, 'expected a list, got: {"Ref":"Given"}'],
  [{ 'Fn::ImportValue': 'Nowhere' }, 'it imports Nowhere, which no stack of this app exports'],
  [
    { 'Fn::GetStackOutput': { StackName: 'Gone', OutputName: 'X' } },
    'it reads the output X of the stack Gone, which this app does not have',
  ],
  [{ 'Fn::GetAZs': '' }, 'Fn::GetAZs cannot be computed here'],
])('fails on %j', (value, message) => {
  expect(() => resolver.resolve(main, value)).toThrow(new Unresolved(message));
});

test('fails on a list where text is expected', () => {
  expect(() => resolver.text(main, ['a'])).toThrow(new Unresolved('expected text, got: ["a"]'));
});

test('gives the resources whose condition holds', () => {
  expect(resolver.resources(main).map(([logicalId]) => logicalId)).not.toContain('Elsewhere');
});

test('gives two tables of one name a name each', () => {
  expect(stacks.map((one) => resolver.resolve(one, { Ref: 'Named' }))).toEqual(['named-eu-west-1', 'Prod-Other-Named', 'Beta-Other-Named']);
});
