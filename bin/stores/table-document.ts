import { type MaterializationSpec, TABLE_DOCUMENT_VERSION, type TableDocument } from '../../lib/contract/table-document';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';
import { qualifiedName } from '../app/find-table';

/** How rows come online by hand where the table does not say how they come by themselves. */
const BY_HAND: MaterializationSpec = { mode: 'triggered', tombstoneSeconds: 30 * 86_400 };

/** How the rows of a feature table come online. */
export function materializationOf({ offlineStore }: StackFeatureTable): MaterializationSpec {
  return offlineStore?.materialization ?? BY_HAND;
}

/**
 * What the materialization of a feature table needs to know.
 * @throws UserError when the table has no offline store
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
