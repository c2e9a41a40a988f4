import { type MaterializationSpec, TABLE_DOCUMENT_VERSION, type TableDocument } from '../../lib/contract/table-document';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';
import { qualifiedName } from '../app/find-table';

/** The materialization of a table that declares none: with `tables materialize` only. */
const BY_HAND: MaterializationSpec = { mode: 'triggered', tombstoneSeconds: 30 * 86_400 };

/** Returns the materialization of a feature table. */
export function materializationOf({ offlineStore }: StackFeatureTable): MaterializationSpec {
  return offlineStore?.materialization ?? BY_HAND;
}

/**
 * Makes the document that the materialization of a feature table reads.
 * @throws UserError if the table has no offline store
 */
export function tableDocumentOf(table: StackFeatureTable): TableDocument {
  if (table.offlineStore === undefined)
    throw new UserError(`expected a feature table with an offline store, got: ${qualifiedName(table)}, which has an online store only`);
  const { prefix } = table.offlineStore;
  return {
    documentVersion: TABLE_DOCUMENT_VERSION,
    table: table.spec,
    offlineStore: { prefix },
    materialization: materializationOf(table),
  };
}
