// Runs a handler that was written for AWS Lambda's Node.js runtime. `_HANDLER` names its file and its export:
// `app.handler` is the export `handler` of app.mjs, app.js or app.cjs in LAMBDA_TASK_ROOT.
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { AWS_LAMBDA_RUNTIME_API, AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_VERSION, AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = process.env
const { AWS_LAMBDA_LOG_GROUP_NAME, AWS_LAMBDA_LOG_STREAM_NAME, LAMBDA_TASK_ROOT = '.', _HANDLER } = process.env
const runtime = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`

// Work may be long in coming, longer than fetch would wait.
const next = () =>
  new Promise((done, reject) => {
    const request = get(`${runtime}/invocation/next`, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () => done({ headers: response.headers, event: JSON.parse(Buffer.concat(parts)) }))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
const post = (path, body, headers = {}) => fetch(`${runtime}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
const report = (path, error) =>
  post(path, JSON.stringify({ errorType: error?.name ?? 'Error', errorMessage: error?.message ?? String(error), trace: String(error?.stack ?? '').split('\n') }), {
    'lambda-runtime-function-error-type': `Runtime.${error?.name ?? 'Error'}`,
  })

async function load() {
  const at = _HANDLER.lastIndexOf('.')
  const [file, name] = [_HANDLER.slice(0, at), _HANDLER.slice(at + 1)]
  const path = ['.mjs', '.js', '.cjs'].map((ending) => join(LAMBDA_TASK_ROOT, file + ending)).find(existsSync)
  if (!path) throw new Error(`Cannot find module '${file}'`)
  const loaded = await import(pathToFileURL(path))
  const handler = loaded[name] ?? loaded.default?.[name]
  if (typeof handler !== 'function') throw new Error(`${_HANDLER} is undefined or not exported`)
  return handler
}

/** Handlers answer by a promise, or by a callback. */
function run(handler, event, context) {
  return new Promise((done, reject) => {
    const callback = (error, answer) => (error ? reject(error) : done(answer))
    Object.assign(context, { done: callback, succeed: done, fail: reject })
    const answer = handler(event, context, callback)
    if (typeof answer?.then === 'function') answer.then(done, reject)
    else if (handler.length < 3) done(answer)
  })
}

let handler
try {
  handler = await load()
} catch (error) {
  await report('init/error', error)
  process.exit(1)
}

for (;;) {
  const { headers, event } = await next()
  const id = headers['lambda-runtime-aws-request-id']
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? ''
  const context = {
    awsRequestId: id,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    const answer = await run(handler, event, context)
    await post(`invocation/${id}/response`, JSON.stringify(answer ?? null))
  } catch (error) {
    await report(`invocation/${id}/error`, error)
  }
}
