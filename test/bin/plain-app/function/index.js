const ANSWERS = {
  throw: () => {
    throw new Error('deliberate');
  },
  exit: () => process.exit(3),
  hang: () => new Promise(() => {}),
  pid: () => ({ pid: process.pid }),
  print: () => {
    console.log('printed by the function');
    console.log(JSON.stringify({ message: 'a record', _aws: {} }));
    return 'printed';
  },
};

/** Answers what it got, or does what the last part of the path says. */
exports.handler = async (event, context) => {
  const answer = ANSWERS[event.pathParameters.path];
  if (answer !== undefined) return answer();
  const { env } = process;
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ event, env, remaining: context.getRemainingTimeInMillis() }),
  };
};
