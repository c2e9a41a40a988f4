import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';

/**
 * After how long a message of a failed run comes again unless the run asks for it sooner, and until then none other does: a little more than a
 * run takes. Lambda advises six times as much, so that no message comes twice while the function is throttled; a wake-up may, and work that
 * waits for 90 minutes after one failure may not.
 */
const VISIBILITY_TIMEOUT = Duration.minutes(16);

/** How often a run may die of a message before it is set aside. */
const MAX_RECEIVE_COUNT = 3;

/** Adds the queues `Queue` and `DeadLetterQueue`: events wake a function by the first, one at a time, and those that it dies of are in the second. */
export function addWakeUpQueue(scope: Construct): { readonly queue: Queue; readonly deadLetterQueue: Queue } {
  const deadLetterQueue = new Queue(scope, 'DeadLetterQueue', {
    fifo: true,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  const queue = new Queue(scope, 'Queue', {
    fifo: true,
    contentBasedDeduplication: true, // each event has an id of its own
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    visibilityTimeout: VISIBILITY_TIMEOUT,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  return { queue, deadLetterQueue };
}
