// The attributes of a DynamoDB table's key, and the one text that stands for a key everywhere else.
import type { KeyAttributeSpec } from '../../lib/contract/endpoint-spec';
import { attributeDecoder } from './attribute';
import type { AttributeValue, Item } from './reader';

/** The key of an online store that this library fills: one attribute, whose value is the key's text. */
export const KEY_ATTRIBUTES: readonly KeyAttributeSpec[] = [{ name: '_key', type: 'S' }];

/** DynamoDB may write a number in another way than it was asked for. */
const wholeNumber = attributeDecoder({ name: 'key', type: 'long' });

/** The text of a key by the values of its attributes: of one its value, of two a JSON list of theirs. */
export function joinKey(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

/** The attributes of a key by its text. */
export function keyItem(attributes: readonly KeyAttributeSpec[], key: string): Item {
  const values = attributes.length === 1 ? [key] : (JSON.parse(key) as string[]);
  const item: { [name: string]: AttributeValue } = {};
  attributes.forEach(({ name, type }, i) => (item[name] = { [type]: values[i] } as AttributeValue));
  return item;
}

/** The text of an item's key. */
export function keyText(attributes: readonly KeyAttributeSpec[], item: Item): string {
  return joinKey(attributes.map(({ name, type }) => (type === 'S' ? (item[name] as { S: string }).S : String(wholeNumber(item[name]!)))));
}
