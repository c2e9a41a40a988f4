import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';

/**
 * When SQS delivers the message of a failed run again; other messages of the group wait until then. It is a little longer than the longest run.
 * Lambda recommends six times the timeout, so that throttling does not deliver a message twice. A wake-up may be delivered twice, but must not
 * wait 90 minutes after one failure.
 */
const VISIBILITY_TIMEOUT = Duration.minutes(16);

/** After how many failed runs a message moves to the dead-letter queue. */
const MAX_RECEIVE_COUNT = 3;

/** Adds the queues `Queue`, whose messages wake a function one at a time, and `DeadLetterQueue`, which keeps messages that failed three times. */
export function addWakeUpQueue(scope: Construct): { readonly queue: Queue; readonly deadLetterQueue: Queue } {
  const deadLetterQueue = new Queue(scope, 'DeadLetterQueue', {
    fifo: true,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, 'Queue', {
    fifo: true,
    contentBasedDeduplication: true, // each event contains a unique id
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    visibilityTimeout: VISIBILITY_TIMEOUT,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  return { queue, deadLetterQueue };
}
