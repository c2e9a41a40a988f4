import { jsonLine, textLine } from '../../../bin/logs/line-text';
import { INFERENCE_COLUMNS } from '../../../lib/contract/inference-columns';

const ROW = {
  ...Object.fromEntries(INFERENCE_COLUMNS.map(({ name }) => [name, null])),
  databricks_request_id: 'request-1',
  timestamp_ms: 1_717_243_200_000n,
  status_code: 200,
  execution_time_ms: 12n,
  response: '{"predictions":[1,2,3]}',
  served_entities: ['model_A', 'model_B', 'model_A'],
  assignment_reasons: ['sticky', 'no_key', 'sticky'],
  durations_ms: [['score', 0.5]],
};

test('a request is a line that says when, how, by whom and why, and how long', () => {
  expect(textLine(ROW)).toBe('2024-06-01T12:00:00.000Z  200  model_A sticky 2 rows, model_B no_key 1 row  12 ms  request-1');
});

test('a refused request says where and why', () => {
  const response = '{"error_code":"INVALID_PARAMETER_VALUE","message":"row 0, column \'a\': expected a number, got: \\"x\\""}';
  const refused = {
    status_code: 400,
    served_entities: [],
    error_code: 'INVALID_PARAMETER_VALUE',
    error_row: 0,
    error_column: 'a',
    response,
  };
  expect(textLine({ ...ROW, ...refused, client_request_id: 'mine' })).toBe(
    `2024-06-01T12:00:00.000Z  400  12 ms  request-1  (mine)  INVALID_PARAMETER_VALUE: row 0, column 'a': expected a number, got: "x"`,
  );
});

test('a failed request says what the log alone knows', () => {
  const failed = {
    status_code: 503,
    error_code: 'TEMPORARILY_UNAVAILABLE',
    response: '{"message":"later"}',
    error_reasons: ['Error: no answer'],
  };
  expect(textLine({ ...ROW, ...failed })).toMatch(/TEMPORARILY_UNAVAILABLE: later, because of Error: no answer$/);
});

test('what a caller calls a request ends no line and tells a terminal nothing', () => {
  const name = 'mine\n2024-06-01T12:00:00.000Z  200\u001b[2J\u009b31m\u2028\u202e é 🏠';
  expect(textLine({ ...ROW, client_request_id: name })).toMatch(
    / {2}\(mine\\u000a2024-06-01T12:00:00\.000Z {2}200\\u001b\[2J\\u009b31m\\u2028\\u202e é 🏠\)$/,
  );
});

test('all columns are JSON, a map an object', () => {
  expect(JSON.parse(jsonLine(ROW))).toMatchObject({ timestamp_ms: 1_717_243_200_000, durations_ms: { score: 0.5 }, error_row: null });
});
