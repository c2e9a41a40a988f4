import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINDINGS_VARIABLE } from '../../lib/contract/endpoint-spec';
import {
  INFERENCE_BUCKETS,
  INFERENCE_DOCUMENT_FILE,
  INFERENCE_DOCUMENT_VERSION,
  type InferenceDocument,
} from '../../lib/contract/inference-document';
import { dropDays } from '../inference/drop-days';
import { ingestLines } from '../inference/ingest-lines';
import { linesOf, MAX_OBJECT_BYTES, RawObjectError } from '../inference/raw-object';
import type { WritableStore } from '../stores/object-store';
import { s3Client, S3Store } from '../stores/s3-store';
import { type TableWriterIo, tableWriterIo } from '../delta/writer-io';
import { bindingsOf } from '../bindings';
import { PROCESS_IO } from '../process-io';

/** Messages of the function's queue. Each body is an event of Amazon EventBridge: a new raw object, or the schedule that drops old days. */
export interface IngestEvent {
  readonly Records: readonly { readonly body: string }[];
}

/** The part of an Amazon EventBridge event that the handler reads. */
interface BridgeEvent {
  readonly detail: { readonly object?: RawObject };
}

interface RawObject {
  readonly key: string;
  /** The size of the object, in bytes. */
  readonly size?: number;
}

/** What the handler gets from its process. */
export interface IngestHost {
  readonly env: { readonly [name: string]: string | undefined };
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
  readonly open: (bucket: string, prefix: string) => WritableStore;
  /** Makes a writer of a table. */
  readonly writer: (store: WritableStore) => TableWriterIo;
}

/**
 * The handler of a function that fills an inference table. A raw object is one transaction of the table, so an object or a message that
 * arrives twice changes nothing.
 * @param folder holds the inference document
 * @throws Error if the document has another version, or a bucket has no physical name; for a message, if its object cannot be written as a
 *   whole
 */
export function ingest(folder: string, host: IngestHost = processHost()): (event: IngestEvent) => Promise<void> {
  const document = JSON.parse(readFileSync(join(folder, INFERENCE_DOCUMENT_FILE), 'utf8')) as InferenceDocument;
  const { documentVersion, endpointName, prefix, retentionDays } = document;
  if (documentVersion !== INFERENCE_DOCUMENT_VERSION) {
    throw new Error(`inference document: expected documentVersion ${INFERENCE_DOCUMENT_VERSION}, got: ${String(documentVersion)}`);
  }
  const { buckets = {} } = bindingsOf(host.env);
  const [rawBucket, tableBucket] = [buckets[INFERENCE_BUCKETS.raw], buckets[INFERENCE_BUCKETS.table]];
  if (rawBucket === undefined || tableBucket === undefined) {
    throw new Error(
      `${BINDINGS_VARIABLE}: expected the buckets '${INFERENCE_BUCKETS.raw}' and '${INFERENCE_BUCKETS.table}', got: not both`,
    );
  }
  const raw = host.open(rawBucket, '');
  const io = host.writer(host.open(tableBucket, prefix));
  const log = (line: object): void => host.write(`${JSON.stringify(line)}\n`);

  return async ({ Records }) => {
    for (const { body } of Records) {
      const event = JSON.parse(body) as BridgeEvent;
      const { object } = event.detail;
      if (object !== undefined) {
        const { key } = object;
        const lines = linesOf(key, await readObject(raw, object));
        log({ object: key, ...(await ingestLines(io, endpointName, lines, { appId: key, version: 1n })) });
      } else if (retentionDays !== undefined) {
        log({ files_dropped: await dropDays(io, retentionDays) });
      }
    }
  };
}

async function readObject(raw: WritableStore, { key, size = 0 }: RawObject): Promise<Uint8Array> {
  if (size > MAX_OBJECT_BYTES) throw new RawObjectError(`${key}: expected a raw object of at most ${MAX_OBJECT_BYTES} bytes, got: ${size}`);
  const bytes = await raw.read(key);
  if (bytes === undefined) throw new RawObjectError(`${key}: expected a raw object, got: none with this key`);
  return bytes;
}

/** The environment, the log and the AWS of this process. */
function processHost(): IngestHost {
  const { env } = process;
  const client = s3Client(env);
  return {
    env,
    write: (line) => process.stdout.write(line),
    open: (bucket, prefix) => new S3Store({ ...PROCESS_IO, client }, bucket, prefix),
    writer: tableWriterIo,
  };
}
