import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLE_DOCUMENT_FILE, type TableDocument } from '../../lib/spec/table-document';

/**
 * The handler of a materialization function.
 * @param folder holds the table document
 */
export function materialize(folder: string): () => Promise<never> {
  const { table } = JSON.parse(readFileSync(join(folder, TABLE_DOCUMENT_FILE), 'utf8')) as TableDocument;
  return () => Promise.reject(new Error(`feature table '${table.name}': this build does not materialize`));
}
