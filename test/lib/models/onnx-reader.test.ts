import { readFileSync } from 'node:fs';
import { type OnnxFile, onnxTypeText } from '../../../lib/models/onnx-file';
import { parseOnnx } from '../../../lib/models/onnx-reader';
import { write } from '../../../lib/models/protobuf';
import { generator } from '../../helpers/generator';
import { onnxOf } from '../../helpers/onnx';

const NO_MODEL = /^(0 bytes|a damaged, truncated or different file: .+)$/;
const NAMES = ['house_price_b', 'text_strings', 'iris_forest_zipmap'];

/** The file, or undefined if it was refused as such. */
function parsed(bytes: Uint8Array): OnnxFile | undefined {
  try {
    return parseOnnx(bytes);
  } catch (error) {
    expect((error as Error).message).toMatch(NO_MODEL);
    return undefined;
  }
}

test.each(NAMES)('%s truncated anywhere is refused or has its whole graph', (name) => {
  const bytes = readFileSync(`test/fixtures/${name}/model.onnx`);
  const nodes = parseOnnx(bytes).graph.nodes.length;
  const step = Math.ceil(bytes.length / 400);
  for (let length = 0; length < bytes.length; length += step) {
    const file = parsed(bytes.subarray(0, length));
    if (file !== undefined) expect(file.graph.nodes).toHaveLength(nodes);
  }
});

test.each(NAMES)('%s with bytes overwritten is read or refused', (name) => {
  const bytes = readFileSync(`test/fixtures/${name}/model.onnx`);
  const { int } = generator(7);
  let refused = 0;
  for (let round = 0; round < 200; round++) {
    const damaged = Uint8Array.from(bytes);
    for (let i = 0; i < 20; i++) damaged[int(damaged.length)] = int(256);
    if (parsed(damaged) === undefined) refused++;
  }
  expect(refused).toBeGreaterThan(0);
});

test.each([
  [
    'a field outside of its message',
    [0x3a, 0x02, 0x12, 0x05, 0, 0, 0, 0, 0],
    'the field at byte 2 ends at byte 9, outside of its message, which ends at 4',
  ],
  ['a field without a number', [0x00], 'no field starts at byte 0'],
  ['a length beyond the end', [0x3a, 0x7f], 'the field at byte 0 has a length of 127 bytes, but only 0 remain'],
  ['a float where a whole number belongs', [0x0d, 0, 0, 0, 0], 'the field at byte 0 has wire type 5'],
  ['no graph', [0x08, 0x08], 'it has 0 graphs'],
  ['two graphs', [0x3a, 0x00, 0x3a, 0x00], 'it has 2 graphs'],
  ['a number that does not end', [0x08, ...Array.from({ length: 11 }, () => 0xff)], 'invalid varint'],
])('fails on %s', (_, bytes, message) => {
  expect(() => parseOnnx(Uint8Array.from(bytes))).toThrow(
    expect.objectContaining({ message: `a damaged, truncated or different file: ${message}` }),
  );
});

test.each(['<!DOCTYPE html><html>', '\n  <HTML>', '<?xml version="1.0"?>'])('fails on the page %j', (page) => {
  expect(() => parseOnnx(Buffer.from(page))).toThrow(new Error('an HTML page, which may be the result of a failed download'));
});

test('repeated numbers may be packed or not', () => {
  const packed = write((to) => {
    to.tag(8, 2).bytes(
      write((opset) =>
        opset
          .tag(1, 2)
          .string('ai.onnx')
          .tag(2, 2)
          .bytes(write((list) => list.uint32(17))),
      ),
    );
    to.tag(7, 2).bytes(new Uint8Array());
  });
  expect(parseOnnx(packed).opsets).toEqual([{ domain: 'ai.onnx', version: 17 }]);
  expect(parseOnnx(onnxOf({ outputs: [], nodes: [], opsets: { '': 17 } })).opsets).toEqual([{ domain: 'ai.onnx', version: 17 }]);
});

test('other fields of every wire type are skipped', () => {
  const odd = write((to) =>
    to.tag(100, 0).int64(-1).tag(101, 1).bytes(new Uint8Array(7)).tag(102, 5).bytes(new Uint8Array(3)).tag(103, 2).string('x'),
  );
  expect(parseOnnx(Buffer.concat([odd, onnxOf({ outputs: [{ name: 'y' }], nodes: [] })])).graph.outputs[0]).toMatchObject({ name: 'y' });
});

describe('types', () => {
  const part = (field: number, bytes: Uint8Array) => write((to) => to.tag(field, 2).bytes(bytes));
  const float = write((to) => to.tag(1, 0).int32(1));

  test.each([
    ['tensor(float)', part(1, float)],
    ['seq(tensor(float))', part(4, part(1, part(1, float)))],
    ['map(int64,tensor(float))', part(5, Buffer.concat([write((to) => to.tag(1, 0).int32(7)), part(2, part(1, float))]))],
    [
      'seq(map(string,tensor(float)))',
      part(4, part(1, part(5, Buffer.concat([write((to) => to.tag(1, 0).int32(8)), part(2, part(1, float))])))),
    ],
    ['optional(seq(tensor(float)))', part(9, part(1, part(4, part(1, part(1, float)))))],
    ['sparse_tensor(float)', part(8, float)],
    ['opaque', part(7, new Uint8Array())],
    ['seq()', part(4, new Uint8Array())],
    [
      'tensor(element type 99)',
      part(
        1,
        write((to) => to.tag(1, 0).int32(99)),
      ),
    ],
  ])('%s', (text, type) => {
    const value = Buffer.concat([write((to) => to.tag(1, 2).string('x')), part(2, type)]);
    const read = parseOnnx(part(7, part(11, value))).graph.inputs[0]!.type!;
    expect(onnxTypeText(read)).toBe(text);
  });
});
