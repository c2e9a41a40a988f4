import { Template } from 'aws-cdk-lib/assertions';
import { EventType } from 'aws-cdk-lib/aws-s3';
import { SnsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Column, FeatureTable, Materialization, OfflineStore } from '../../lib';
import { testStack } from '../helpers/app';

function offlineTable() {
  const stack = testStack();
  const table = new FeatureTable(stack, 'Clicks', {
    primaryKey: [Column.string('id')],
    features: [Column.long('clicks')],
    offlineStore: OfflineStore.delta(),
    materialization: Materialization.continuous(),
  });
  return { stack, table };
}

test('a bucket sends events to EventBridge without a custom resource', () => {
  const { stack } = offlineTable();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::S3::Bucket', {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
  template.resourceCountIs('Custom::S3BucketNotifications', 0);
});

test('a bucket still sends events to EventBridge when a user adds a notification', () => {
  const { stack, table } = offlineTable();
  table.offlineBucket!.addEventNotification(EventType.OBJECT_CREATED, new SnsDestination(new Topic(stack, 'Topic')), { prefix: 'a/' });
  const [notifications, ...more] = Object.values(Template.fromStack(stack).findResources('Custom::S3BucketNotifications'));
  expect(more).toEqual([]);
  expect(notifications!.Properties.NotificationConfiguration).toMatchObject({
    EventBridgeConfiguration: {},
    TopicConfigurations: [{ Events: ['s3:ObjectCreated:*'], Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'a/' }] } } }],
  });
});
