import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINDINGS_VARIABLE } from '../../lib/contract/endpoint-spec';
import {
  QUEUE_URL_VARIABLE,
  TABLE_DOCUMENT_FILE,
  TABLE_DOCUMENT_VERSION,
  type TableDocument,
  WAKE_UP_GROUP,
} from '../../lib/contract/table-document';
import { type MaterializationReport, materialize as materializeTable } from '../materialization/materialize';
import type { MaterializeOptions } from '../materialization/next-work';
import { runRecord } from '../materialization/run-record';
import type { ObjectStore } from '../stores/object-store';
import { s3Client, S3Store } from '../stores/s3-store';
import { createJsonCall, type JsonCall, jsonCallerSettings } from '../aws/json-call';
import { OnlineTable } from '../online/online-table';
import { bindingsOf } from '../bindings';
import { PROCESS_IO } from '../process-io';
import type { LambdaContext } from './event';
import { type WakeUpMessages, wakeUpMessages } from '../aws/wake-up-messages';

/** The time reserved for steps that do not stop halfway, in milliseconds. */
const TIME_TO_STOP = 90_000;

/** The time until a failed run is repeated, in seconds. Until then its queue delivers no other message. */
const RETRY_SECONDS = 60;

/** Messages of the function's queue, whose content does not matter; or a manual request. */
export type MaterializeEvent =
  { readonly Records: readonly { readonly receiptHandle: string }[] } | Pick<MaterializeOptions, 'version' | 'force' | 'skip'>;

/** What the handler gets from its process. */
export interface MaterializeHost {
  readonly env: { readonly [name: string]: string | undefined };
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
  readonly openOffline: (bucket: string, prefix: string) => ObjectStore;
  /** Calls DynamoDB. */
  readonly call: JsonCall;
  readonly messages: WakeUpMessages;
}

/**
 * The handler of a materialization function. It materializes new versions, and sends itself a message when it runs out of time.
 * @param folder holds the table document
 * @throws Error if there is no physical name for the feature table or its bucket
 */
export function materialize(
  folder: string,
  host: MaterializeHost = processHost(),
): (event: MaterializeEvent, context: LambdaContext) => Promise<MaterializationReport> {
  const document = JSON.parse(readFileSync(join(folder, TABLE_DOCUMENT_FILE), 'utf8')) as TableDocument;
  const { documentVersion, table, offlineStore } = document;
  if (documentVersion !== TABLE_DOCUMENT_VERSION) {
    throw new Error(`table document: expected documentVersion ${TABLE_DOCUMENT_VERSION}, got: ${String(documentVersion)}`);
  }
  const { tables, buckets = {} } = bindingsOf(host.env);
  const [tableName, bucket] = [tables[table.name], buckets[table.name]];
  if (tableName === undefined || bucket === undefined) {
    throw new Error(`${BINDINGS_VARIABLE}: expected the table and the bucket of feature table '${table.name}', got: not both`);
  }
  const online = new OnlineTable({ ...PROCESS_IO, call: host.call }, tableName);
  const offline = host.openOffline(bucket, offlineStore.prefix);
  const log = (line: object): void => host.write(`${JSON.stringify(line)}\n`);

  const run = async (event: MaterializeEvent, context: LambdaContext): Promise<MaterializationReport> => {
    const left = context.getRemainingTimeInMillis();
    const deadline = host.now() + Math.max(left - TIME_TO_STOP, left / 2);
    const options = 'Records' in event ? { wakeUp: true } : event;
    const report = await materializeTable(document, { offline, online, now: host.now, deadline, log }, options);
    log(runRecord(host.env.AWS_LAMBDA_FUNCTION_NAME ?? table.name, host.now(), report));
    // the time makes the body unique, because the queue drops a message with the same body as a recent one
    if (report.isUnfinished) await host.messages.send(WAKE_UP_GROUP, JSON.stringify({ unfinished: report.to, at: host.now() }));
    return report;
  };

  return async (event, context) => {
    try {
      return await run(event, context);
    } catch (error) {
      const messages = 'Records' in event ? event.Records : [];
      for (const { receiptHandle } of messages) {
        // the first error is the one to report; if this call fails, the message is delivered again later
        await host.messages.retry(receiptHandle, RETRY_SECONDS).catch((cause: unknown) => log({ retried_late: String(cause) }));
      }
      throw error;
    }
  };
}

/** The environment, the clock, the log and the AWS of this process. */
function processHost(): MaterializeHost {
  const { env } = process;
  const client = s3Client(env);
  const queueUrl = env[QUEUE_URL_VARIABLE];
  if (!queueUrl) throw new Error(`${QUEUE_URL_VARIABLE}: expected the address of a queue, got: nothing`);
  const call = (service: 'dynamodb' | 'sqs') => createJsonCall(jsonCallerSettings(env, service, Date.now), Date.now);
  return {
    env,
    now: Date.now,
    write: (line) => process.stdout.write(line),
    openOffline: (bucket, prefix) => new S3Store({ ...PROCESS_IO, client }, bucket, prefix),
    call: call('dynamodb'),
    messages: wakeUpMessages(queueUrl, call('sqs'), PROCESS_IO),
  };
}
