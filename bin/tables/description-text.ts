import { type ColumnSpec, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { MaterializationSpec } from '../../lib/contract/table-document';
import type { MaterializationState } from '../../lambda/materialization/state';
import { countOf, durationText, elapsedText, sizeText, timeText } from '../terminal/quantities';
import { stoppedLines } from './materialization-text';

/** A feature table and its stores. */
export interface TableDescription {
  readonly table: TableSpec;
  /** The physical name of the DynamoDB table. */
  readonly online: string;
  /** Absent if the table has no offline store. */
  readonly offline?: OfflineDescription;
}

/** The offline store of a feature table. */
export interface OfflineDescription {
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Absent if nothing was written yet. */
  readonly latest?: VersionDescription;
  /** Absent if rows are written online by `tables materialize` only. */
  readonly mode?: MaterializationSpec['mode'];
  /** What was materialized. */
  readonly state: MaterializationState;
  /** The time of the first commit that is not online, in milliseconds since 1970; absent if all are online, or the log does not say. */
  readonly behindSince?: number;
}

/** A version of an offline store. */
export interface VersionDescription {
  readonly version: number;
  /** In milliseconds since 1970. */
  readonly committed: number;
  /** The content, or why it cannot be read. */
  readonly content: VersionContent | string;
}

/** The content of a version. */
export interface VersionContent {
  readonly files: number;
  /** In bytes. */
  readonly size: number;
  /** Undefined if a file does not say how many rows it has. */
  readonly rows: number | undefined;
}

/** A label, and the lines beside it. */
type Entry = readonly [label: string, lines: readonly string[]];

/**
 * The text of a description, as the command prints it.
 * @param now the clock, in milliseconds since 1970
 */
export function descriptionText({ table, online, offline }: TableDescription, now: number): string {
  const entries: Entry[] = [
    ...schemaEntries(table),
    ['online', [`DynamoDB table ${online}`]],
    ...(offline === undefined ? [] : [...offlineEntries(offline), ...materializationEntries(table.name, offline, now)]),
  ];
  const width = Math.max(...entries.map(([label]) => label.length));
  const lines = entries.flatMap(([label, texts]) => texts.map((text, i) => `  ${(i === 0 ? label : '').padEnd(width)}  ${text}`));
  return [table.name, ...lines].join('\n');
}

function schemaEntries({ primaryKey, timestampKey, features, maxAgeSeconds, timeToLiveSeconds }: TableSpec): Entry[] {
  return [
    ['primary key', primaryKey.map(columnText)],
    ...(timestampKey === undefined ? [] : [['timestamp key', [columnText(timestampKey)]] as const]),
    ['features', features.map(columnText)],
    ...(maxAgeSeconds === undefined ? [] : [['max age', [durationText(maxAgeSeconds)]] as const]),
    ...(timeToLiveSeconds === undefined ? [] : [['time to live', [durationText(timeToLiveSeconds)]] as const]),
  ];
}

function columnText({ name, type, nullable = false, defaultValue }: ColumnSpec): string {
  const more = [...(nullable ? ['nullable'] : []), ...(defaultValue === undefined ? [] : [`default ${JSON.stringify(defaultValue)}`])];
  return [`${name} ${typeText(type)}`, ...more].join(', ');
}

function offlineEntries({ place, latest }: OfflineDescription): Entry[] {
  if (latest === undefined) return [['offline', [`${place}: no Delta Lake table yet; \`tables load\` creates it`]]];
  return [['offline', [place, `version ${latest.version}, committed ${timeText(latest.committed)}`, contentText(latest)]]];
}

function contentText({ content }: VersionDescription): string {
  if (typeof content === 'string') return `cannot be read: ${content}`;
  const { files, size, rows } = content;
  return `${rows === undefined ? 'an unknown number of rows' : countOf(rows, 'row')} in ${countOf(files, 'file')}, ${sizeText(size)}`;
}

function materializationEntries(name: string, { latest, mode, state, behindSince }: OfflineDescription, now: number): Entry[] {
  const { done, failure } = state;
  const waiting = latest === undefined ? 0 : latest.version - (done?.version ?? -1);
  return [
    [
      'materialization',
      [
        mode ?? 'by hand',
        done === undefined ? 'no version is online' : `version ${done.version} is online since ${timeText(done.finished)}`,
        ...(waiting > 0
          ? [`${countOf(waiting, 'commit')} behind${behindSince === undefined ? '' : `, for ${elapsedText((now - behindSince) / 1000)}`}`]
          : []),
        ...(done?.pinned ? [`pinned by hand: later versions wait until \`tables materialize ${name}\` is run`] : []),
        ...(failure === undefined ? [] : stoppedLines(name, failure).map((line) => line.trim())),
      ],
    ],
  ];
}
