// A key is one text everywhere but in calls of DynamoDB, where it is one or two attributes.
import { type KeyAttributeSpec } from '../../lib/contract/existing-store-spec';
import { attributeDecoder } from './attribute';
import type { AttributeValue, Item } from './reader';

/** The key of an online store that this library writes: one attribute with the key's text. */
export const KEY_ATTRIBUTES: readonly KeyAttributeSpec[] = [{ name: '_key', type: 'S' }];

/** DynamoDB may write a number differently than the request did. */
const wholeNumber = attributeDecoder({ name: 'key', type: 'long' });

/** The text of a key: the value of its one attribute, or a JSON list of the values of two. */
export function joinKey(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

/** Makes a key's attributes of its text. */
export function keyItem(attributes: readonly KeyAttributeSpec[], key: string): Item {
  const values = attributes.length === 1 ? [key] : (JSON.parse(key) as string[]);
  const item: { [name: string]: AttributeValue } = {};
  attributes.forEach(({ name, type }, i) => (item[name] = { [type]: values[i] } as AttributeValue));
  return item;
}

/** Makes the text of an item's key. */
export function keyText(attributes: readonly KeyAttributeSpec[], item: Item): string {
  return joinKey(attributes.map(({ name, type }) => (type === 'S' ? (item[name] as { S: string }).S : String(wholeNumber(item[name]!)))));
}
