import { randomUUID } from 'node:crypto';
import { RowDigester } from '../delta/row-digest';
import { type StructField } from '../parquet/schema';

const FIELDS: readonly StructField[] = [
  { name: 'key', type: 'string', nullable: false, physicalName: 'key', fieldId: undefined },
  { name: 'event time', type: 'timestamp', nullable: true, physicalName: 'event time', fieldId: undefined },
];

/** Digests keys, or keys and event times: two have one digest only if they are equal, but for one chance in 2^96. */
export class KeyDigester {
  private readonly digester = new RowDigester(FIELDS, randomUUID());

  /** The digest is of the last that was taken. */
  public take(key: string, eventTime?: bigint): Int32Array {
    return this.digester.digestRow([[key], [eventTime]], 0);
  }
}
