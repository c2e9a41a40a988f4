// Calls SQS by plain signed POSTs (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html).
import { SignatureV4 } from '@smithy/signature-v4';
import { credentialSource, type Environment } from './credentials';
import { createSender } from './send';
import { Sha256 } from './sha256';

/** The messages of a FIFO queue that tells them apart by their bodies. */
export interface WakeUpMessages {
  /** Sends one of a group. @throws Error if it may not have been sent */
  readonly send: (group: string, body: string) => Promise<void>;
  /** Lets one that was received come again after some seconds. @throws Error if it may come later */
  readonly retry: (receiptHandle: string, seconds: number) => Promise<void>;
}

/**
 * @param queueUrl the queue's address; a call goes to `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`, else where the queue's address says
 * @param env the environment variables: region, credentials, endpoint
 * @param now the clock, in milliseconds since 1970
 */
export function wakeUpMessages(queueUrl: string, env: Environment, now: () => number): WakeUpMessages {
  const endpoint = new URL('/', env.AWS_ENDPOINT_URL_SQS || env.AWS_ENDPOINT_URL || queueUrl);
  const credentials = credentialSource(env, now);
  const signer = new SignatureV4({
    service: 'sqs',
    region: env.AWS_REGION ?? '',
    credentials: () => credentials.current(),
    sha256: Sha256,
    applyChecksum: false,
  });
  const send = createSender(endpoint);
  const target = { method: 'POST', protocol: endpoint.protocol, hostname: endpoint.hostname, path: endpoint.pathname };
  const call = async (operation: string, input: object): Promise<void> => {
    const body = JSON.stringify({ QueueUrl: queueUrl, ...input });
    const headers = { host: endpoint.host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` };
    const signed = await signer.sign({ ...target, headers, body }, { signingDate: new Date(now()) });
    const answer = await send(signed.headers, body);
    if (answer.status !== 200) throw new Error(`sqs:${operation}: HTTP ${answer.status}: ${answer.body.toString().slice(0, 200)}`);
  };
  return {
    send: (group, message) => call('SendMessage', { MessageGroupId: group, MessageBody: message }),
    retry: (receiptHandle, seconds) => call('ChangeMessageVisibility', { ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }),
  };
}
