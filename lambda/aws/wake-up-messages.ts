// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
import type { JsonCall } from './json-call';
import { type RetryIo, type RetryPolicy, untilAnswered } from './retry';

/** The messages of a FIFO queue that wakes a function. */
export interface WakeUpMessages {
  /** Sends a message of a group; the queue drops it if it had one of the same body a few minutes ago. @throws Error if it may not have been sent */
  readonly send: (group: string, body: string) => Promise<void>;
  /** Makes a message that was received visible again after some seconds. @throws Error if it may become visible later */
  readonly retry: (receiptHandle: string, seconds: number) => Promise<void>;
}

const RETRIES: RetryPolicy = { maxTries: 5, firstPause: 100, longestPause: 1000 };

/**
 * @param queueUrl the queue's address
 * @param call calls SQS
 */
export function wakeUpMessages(queueUrl: string, call: JsonCall, io: RetryIo): WakeUpMessages {
  const send = async (operation: string, input: object): Promise<void> => {
    const body = JSON.stringify({ QueueUrl: queueUrl, ...input });
    const outcome = await untilAnswered(io, RETRIES, () => call(operation, body));
    if (outcome.kind !== 'answered') throw outcome.error;
  };
  return {
    send: (group, message) => send('SendMessage', { MessageGroupId: group, MessageBody: message }),
    retry: (receiptHandle, seconds) => send('ChangeMessageVisibility', { ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }),
  };
}
