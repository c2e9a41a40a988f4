import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Column, type ColumnOptions, ElementType } from 'cdk-ml-serving';

const stack = () => new Stack(new App(), 'Stack');

describe('a column', () => {
  test.each(['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'date', 'timestamp'] as const)(
    'of type %s is as declared',
    (type) => {
      expect(Column[type]('c')._render(stack())).toEqual({ name: 'c', type });
      expect(Column[type]('c', { nullable: true })._render(stack())).toEqual({ name: 'c', type, nullable: true });
      expect(Column[type]('c', { nullable: false })._render(stack())).toEqual({ name: 'c', type });
    },
  );

  test.each(Object.values(ElementType))('can be an array of %s', (element) => {
    expect(Column.array('c', element, { shape: [-1, 3], nullable: true })._render(stack())).toEqual({
      name: 'c',
      type: { element, shape: [null, 3] },
      nullable: true,
    });
  });

  test.each(['input.1', 'Garage Cars', 'serving_default_größe:0', '_x', '😀', 'a'.repeat(65_535)])('can have an odd name', (name) => {
    const column = Column.float(name);
    expect(column.name).toBe(name);
    expect(column._render(stack()).name).toBe(name);
  });

  test('keeps its options when the caller changes the object', () => {
    const options = { shape: [2], defaultValue: 1 as unknown };
    const column = Column.array('c', ElementType.LONG, options);
    options.shape.push(3);
    options.defaultValue = 'other';
    expect(() => column._render(stack())).toThrow('`defaultValue` of type array<long>[2] must be nested lists of shape [2]');
  });
});

describe('accepts as a default', () => {
  test.each<[keyof typeof Column & string, unknown[]]>([
    ['boolean', [true, false]],
    ['integer', [0, -0, 5.0, 2147483647, -2147483648]],
    ['long', [0, 9007199254740991, '9007199254740993', '-9223372036854775808', '9223372036854775807']],
    ['float', [0, 1.5, 3.4e38, 1e-50, 'Infinity', '-Infinity']],
    ['double', [0, 1e308, 'Infinity', '-Infinity']],
    ['string', ['', 'NaN', 'text']],
    ['binary', ['', 'AA==', 'AAA=', 'AAAA']],
    ['date', ['1970-01-01', '2024-02-29', '0001-01-01', '9999-12-31']],
    ['timestamp', ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123456+05:30', '2020-01-01 00:00:00-00:00', '2020-02-29T23:59:59.1z']],
  ])('of type %s: %j', (type, values) => {
    for (const defaultValue of values) {
      const column = (Column[type] as (name: string, options: ColumnOptions) => Column)('c', { defaultValue });
      expect(column._render(stack())).toEqual({ name: 'c', type, defaultValue });
    }
  });

  test.each<[ElementType, number[], unknown]>([
    [ElementType.FLOAT, [2], [1, 'NaN']],
    [ElementType.DOUBLE, [-1], []],
    [ElementType.LONG, [2, -1], [['9007199254740993'], [1]]],
    [ElementType.STRING, [1, 1], [['']]],
  ])('an array of %s of shape %j: %j', (element, shape, defaultValue) => {
    expect(Column.array('c', element, { shape, defaultValue })._render(stack()).defaultValue).toBe(defaultValue);
  });
});

describe('fails on', () => {
  const token = Lazy.string({ produce: () => 'later' });
  const fails = (column: Column, message: string) => expect(() => column._render(stack())).toThrow(new Error(`Stack: ${message}`));

  test.each<[string, string, string]>([
    ['an empty name', '', 'the name of a column must be a string of at least one character, got: ""'],
    ['a name that is no string', 5 as unknown as string, 'the name of a column must be a string of at least one character, got: 5'],
    ['a name that is a token', token, 'the name of a column must be a literal, got: a token'],
    ['a name with a token in it', `a${token}`, 'the name of a column must be a literal, got: a token'],
    [
      'a name longer than an attribute of DynamoDB can have',
      'ä'.repeat(32_768),
      `the name of a column must be at most 65535 bytes of UTF-8, got: 65536 bytes in '${'ä'.repeat(20)}…'`,
    ],
  ])('%s', (_, name, message) => fails(Column.float(name), message));

  const INTEGER = 'a whole number from -2147483648 to 2147483647';
  const LONG = 'a whole number from -2^63 to 2^63-1, in a string of its digits where it is beyond 2^53-1';
  const FLOAT = 'a number in the range of a 32-bit float, "Infinity" or "-Infinity"';
  const DOUBLE = 'a number, "Infinity" or "-Infinity"';
  const DATE = 'a date as YYYY-MM-DD';
  const TIMESTAMP = 'an ISO 8601 timestamp with offset and at most six digits of a second';

  test.each<[keyof typeof Column & string, string, [unknown, string][]]>([
    [
      'boolean',
      'true or false',
      [
        [0, '0'],
        ['true', '"true"'],
        [null, 'null'],
      ],
    ],
    [
      'integer',
      INTEGER,
      [
        [5.5, '5.5'],
        [2147483648, '2147483648'],
        [-2147483649, '-2147483649'],
        ['5', '"5"'],
        [NaN, 'NaN'],
        [true, 'true'],
        [5n, '5n'],
        [null, 'null'],
      ],
    ],
    [
      'long',
      LONG,
      [
        [9007199254740992, '9007199254740992'],
        ['9223372036854775808', '"9223372036854775808"'],
        ['-9223372036854775809', '"-9223372036854775809"'],
        ['1.0', '"1.0"'],
        ['007', '"007"'],
        ['', '""'],
        [0.5, '0.5'],
        [1n, '1n'],
      ],
    ],
    [
      'float',
      FLOAT,
      [
        [3.5e38, '3.5e+38'],
        ['NaN', '"NaN"'],
        [NaN, 'NaN'],
        [Infinity, 'Infinity'],
        ['1', '"1"'],
      ],
    ],
    [
      'double',
      DOUBLE,
      [
        ['NaN', '"NaN"'],
        [Infinity, 'Infinity'],
        [[1], '[1]'],
      ],
    ],
    [
      'string',
      'a string of well-formed Unicode',
      [
        [5, '5'],
        [null, 'null'],
      ],
    ],
    [
      'binary',
      'a string in base64',
      [
        ['A', '"A"'],
        ['AAA', '"AAA"'],
        ['A-A=', '"A-A="'],
        [1, '1'],
      ],
    ],
    [
      'date',
      DATE,
      [
        ['2023-02-29', '"2023-02-29"'],
        ['2023-13-01', '"2023-13-01"'],
        ['2023-1-1', '"2023-1-1"'],
        ['2023-01-01T00:00:00Z', '"2023-01-01T00:00:00Z"'],
      ],
    ],
    [
      'timestamp',
      TIMESTAMP,
      [
        ['2020-01-01T00:00:00', '"2020-01-01T00:00:00"'],
        ['2020-01-01T00:00:00.1234567Z', '"2020-01-01T00:00:00.1234567Z"'],
        ['2020-02-30T00:00:00Z', '"2020-02-30T00:00:00Z"'],
        ['2020-01-01T24:00:00Z', '"2020-01-01T24:00:00Z"'],
        ['2020-01-01T00:00Z', '"2020-01-01T00:00Z"'],
        [0, '0'],
      ],
    ],
  ])('a default of type %s that is not %s', (type, expected, values) => {
    for (const [defaultValue, got] of values) {
      fails(
        (Column[type] as (name: string, options: ColumnOptions) => Column)('c', { defaultValue }),
        `column 'c': \`defaultValue\` of type ${type} must be ${expected}, got: ${got}`,
      );
    }
  });

  test.each<[ElementType, number[], unknown, string]>([
    [
      ElementType.FLOAT,
      [2],
      [1],
      'nested lists of shape [2] whose elements are each a number in the range of a 32-bit float, "Infinity" or "-Infinity", got: [1]',
    ],
    [
      ElementType.FLOAT,
      [1],
      [null],
      'nested lists of shape [1] whose elements are each a number in the range of a 32-bit float, "Infinity" or "-Infinity", got: [null]',
    ],
    [ElementType.BOOLEAN, [-1, 1], [true], 'nested lists of shape [?,1] whose elements are each true or false, got: [true]'],
    [
      ElementType.INTEGER,
      [1],
      1,
      'nested lists of shape [1] whose elements are each a whole number from -2147483648 to 2147483647, got: 1',
    ],
  ])('a default of an array of %s of shape %j: %j', (element, shape, defaultValue, expected) => {
    const type = `array<${element}>[${shape.map((length) => (length === -1 ? '?' : length)).join(',')}]`;
    fails(Column.array('c', element, { shape, defaultValue }), `column 'c': \`defaultValue\` of type ${type} must be ${expected}`);
  });

  test.each([[token], [[token]]])('a default that is a token', (defaultValue) => {
    fails(
      Column.array('c', ElementType.STRING, { shape: [1], defaultValue }),
      "column 'c': `defaultValue` must be a literal, got: a token",
    );
  });

  test.each<[number[], string]>([
    [[], 'must have at least one dimension, got: []'],
    [[Lazy.number({ produce: () => 1 })], 'must be a literal, got: a token'],
  ])('a shape of %j', (shape, expected) => fails(Column.array('c', ElementType.FLOAT, { shape }), `column 'c': \`shape\` ${expected}`));

  test.each([0, -2, 1.5, NaN])('a length of %s', (length) => {
    fails(
      Column.array('c', ElementType.FLOAT, { shape: [2, length] }),
      `column 'c': each length of \`shape\` must be a whole number of at least 1, or -1 for any length, got: ${length}`,
    );
  });
});
