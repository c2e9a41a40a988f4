import { gzipSync } from 'node:zlib';

/** Log lines as Amazon Data Firehose delivers them, so many a message. */
export function rawObject(lines: readonly string[], size = 3): Uint8Array {
  const messages = [{ messageType: 'CONTROL_MESSAGE', logEvents: [{ id: '', timestamp: 0, message: 'CWL CONTROL MESSAGE' }] } as object];
  for (let start = 0; start < lines.length; start += size) {
    const logEvents = lines.slice(start, start + size).map((message, i) => ({ id: String(start + i), timestamp: 0, message }));
    messages.push({ messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', logStream: 's', subscriptionFilters: ['f'], logEvents });
  }
  return Buffer.concat(messages.map((message) => gzipSync(JSON.stringify(message))));
}
