'use strict';
// Calls OpenAI and Anthropic through their own clients, unmodified, and writes one line of JSON per scenario: what the library handed
// to the application, or the error it threw. Arguments: OpenAI's base URL, the same without drain, Anthropic's base URL, name of the run.
const { OpenAI } = require('openai');
const { Anthropic } = require('@anthropic-ai/sdk');
const [openaiBase, hastyBase, anthropicBase, run] = process.argv.slice(2);

const openai = new OpenAI({ apiKey: 'sk-test', baseURL: openaiBase, timeout: 20000 });
const hasty = new OpenAI({ apiKey: 'sk-test', baseURL: hastyBase, timeout: 20000 });
const anthropic = new Anthropic({ apiKey: 'sk-ant-test', baseURL: anthropicBase, timeout: 20000 });

const marks = (scenario) => ({ 'x-scenario': scenario, 'x-run': run, 'x-llm-feature': scenario });
const chat = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'two and two?' }] };
const message = { model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'two and two?' }] };

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function brokenOff(stream) {
  const chunks = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    return { chunks, error: told(error) };
  }
  return { chunks, error: null };
}

// Leaves after the second chunk, as an application does whose user pressed Stop.
async function aborted(create) {
  const controller = new AbortController();
  const chunks = [];
  try {
    for await (const chunk of await create(controller.signal)) {
      chunks.push(chunk);
      if (chunks.length === 2) controller.abort();
    }
  } catch (error) {
    return { chunks, error: told(error) };
  }
  return { chunks, error: null };
}

function told(error) {
  const header = (name) => (error.headers && error.headers.get ? error.headers.get(name) : null);
  return {
    class: error.constructor.name, status: error.status, code: error.code, param: error.param, type: error.type, message: error.message,
    requestId: error.requestID, body: error.error, retryAfter: header('retry-after'), limit: header('x-ratelimit-limit-requests'),
  };
}

const withId = async (promise) => {
  const answer = await promise;
  return { answer, requestId: answer._request_id };
};

const scenarios = {
  'openai-plain': (o) => withId(openai.chat.completions.create(chat, o)),
  'openai-gzip': (o) => withId(openai.chat.completions.create(chat, o)),
  'openai-stream': async (o) => all(await openai.chat.completions.create({ ...chat, stream: true }, o)),
  'openai-stream-usage': async (o) => all(await openai.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } }, o)),
  'openai-stream-runner': async (o) => openai.chat.completions.stream(chat, o).finalChatCompletion(),
  'openai-responses': (o) => withId(openai.responses.create({ model: 'gpt-4o-mini', input: 'two and two?' }, o)),
  'openai-responses-stream': async (o) => all(await openai.responses.create({ model: 'gpt-4o-mini', input: 'two and two?', stream: true }, o)),
  'openai-embeddings': (o) => openai.embeddings.create({ model: 'text-embedding-3-small', input: ['two', 'four'] }, o),
  'openai-models': async (o) => (await openai.models.list(o)).data,
  'openai-upload': (o) => openai.audio.transcriptions.create({ model: 'whisper-1', file: new File([new Uint8Array(70000)], 'speech.wav') }, o),
  'openai-400': (o) => openai.chat.completions.create(chat, o),
  'openai-401': (o) => openai.chat.completions.create(chat, o),
  'openai-429-then-ok': (o) => withId(openai.chat.completions.create(chat, o)),
  'openai-429': (o) => openai.chat.completions.create(chat, o),
  'openai-500': (o) => openai.chat.completions.create(chat, { ...o, maxRetries: 1 }),
  'openai-stream-error': async (o) => brokenOff(await openai.chat.completions.create({ ...chat, stream: true }, o)),
  'openai-stream-cut': async (o) => brokenOff(await openai.chat.completions.create({ ...chat, stream: true }, o)),
  'openai-abort': (o) => aborted((signal) => openai.chat.completions.create({ ...chat, stream: true }, { ...o, signal })),
  'openai-abort-hasty': (o) => aborted((signal) => hasty.chat.completions.create({ ...chat, stream: true }, { ...o, signal })),
  'openai-timeout-hasty': (o) => hasty.chat.completions.create(chat, { ...o, timeout: 500, maxRetries: 0 }),
  'anthropic-plain': (o) => withId(anthropic.messages.create(message, o)),
  'anthropic-stream': async (o) => all(await anthropic.messages.create({ ...message, stream: true }, o)),
  'anthropic-stream-runner': async (o) => anthropic.messages.stream(message, o).finalMessage(),
  'anthropic-count': (o) => anthropic.messages.countTokens({ model: message.model, messages: message.messages }, o),
  'anthropic-400': (o) => anthropic.messages.create(message, o),
  'anthropic-401': (o) => anthropic.messages.create(message, o),
  'anthropic-429-then-ok': (o) => withId(anthropic.messages.create(message, o)),
  'anthropic-429': (o) => anthropic.messages.create(message, o),
  'anthropic-500': (o) => anthropic.messages.create(message, { ...o, maxRetries: 1 }),
  'anthropic-stream-error': async (o) => brokenOff(await anthropic.messages.create({ ...message, stream: true }, o)),
  'anthropic-stream-cut': async (o) => brokenOff(await anthropic.messages.create({ ...message, stream: true }, o)),
  'anthropic-abort': (o) => aborted((signal) => anthropic.messages.create({ ...message, stream: true }, { ...o, signal })),
};

(async () => {
  for (const [scenario, call] of Object.entries(scenarios)) {
    let result;
    try {
      result = { value: await call({ headers: marks(scenario) }) };
    } catch (error) {
      result = { error: told(error) };
    }
    process.stdout.write(JSON.stringify({ scenario, ...result }) + '\n');
  }
})();
