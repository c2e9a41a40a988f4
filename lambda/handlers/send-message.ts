// Sends to a queue of SQS by one plain signed POST (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
import { SignatureV4 } from '@smithy/signature-v4';
import { credentialSource, type Environment } from '../online/credentials';
import { createSender } from '../online/send';
import { Sha256 } from '../online/sha256';

/** Sends a message of a group to a FIFO queue that tells messages apart by their bodies. @throws Error if it may not have been sent */
export type MessageSender = (group: string, body: string) => Promise<void>;

/**
 * @param queueUrl the queue's address; a call goes to `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`, else where the queue's address says
 * @param env the environment variables: region, credentials, endpoint
 * @param now the clock, in milliseconds since 1970
 */
export function messageSender(queueUrl: string, env: Environment, now: () => number): MessageSender {
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
  return async (group, message) => {
    const body = JSON.stringify({ QueueUrl: queueUrl, MessageGroupId: group, MessageBody: message });
    const headers = { host: endpoint.host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
    const signed = await signer.sign({ ...target, headers, body }, { signingDate: new Date(now()) });
    const answer = await send(signed.headers, body);
    if (answer.status !== 200) throw new Error(`sqs:SendMessage: HTTP ${answer.status}: ${answer.body.toString().slice(0, 200)}`);
  };
}
