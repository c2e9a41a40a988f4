import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { readFile } from 'node:fs/promises';

const MAGIC = Buffer.from('PAR1');
/** The length of the metadata and the magic number. */
const TAIL_BYTES = 8;

/**
 * Joins Parquet files of one schema into one file, and writes it piece by piece: it copies their row groups. Statistics are left out, because the reader returns them in
 * another form than the writer takes.
 * @param paths at least one
 */
export async function joinParquet(paths: readonly string[], write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  let metadata: FileMetaData | undefined;
  let offset = MAGIC.length;
  await write(MAGIC);
  for (const path of paths) {
    const bytes = await readFile(path);
    const part = parquetMetadata(Uint8Array.from(bytes).buffer);
    const body = bytes.subarray(MAGIC.length, bytes.length - TAIL_BYTES - bytes.readUInt32LE(bytes.length - TAIL_BYTES));
    await write(body);
    const groups = part.row_groups.map((group) => movedGroup(group, BigInt(offset - MAGIC.length)));
    metadata =
      metadata === undefined
        ? { ...part, row_groups: groups }
        : { ...metadata, num_rows: metadata.num_rows + part.num_rows, row_groups: [...metadata.row_groups, ...groups] };
    offset += body.length;
  }
  const footer = new ByteWriter();
  writeMetadata(footer, metadata!);
  await write(footer.getBytes());
  await write(MAGIC);
}

type RowGroup = FileMetaData['row_groups'][number];

function movedGroup(group: RowGroup, by: bigint): RowGroup {
  return {
    ...group,
    columns: group.columns.map((column) => {
      const chunk = column.meta_data!;
      const dictionary = chunk.dictionary_page_offset;
      const meta_data = {
        ...chunk,
        data_page_offset: chunk.data_page_offset + by,
        ...(dictionary !== undefined && { dictionary_page_offset: dictionary + by }),
        statistics: undefined,
      };
      return { ...column, file_offset: column.file_offset + by, meta_data };
    }),
  };
}
