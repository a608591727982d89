/**
 * What the server says when it refuses, the same for HTTP (`application/problem+json`) and for
 * real time (`{code, message: "<code>: <detail>"}`).
 */
export class Problem extends Error {
  readonly code: string
  readonly detail: string
  readonly fields: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined

  constructor(code: string, detail: string, fields: Record<string, string> = {}, retryAfterMs?: number) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
    this.fields = fields
    this.retryAfterMs = retryAfterMs
  }
}

/** The request may or may not have reached the server: nothing came back. */
export const UNREACHABLE = 'unreachable'

const TEMPORARY = new Set([UNREACHABLE, 'internal', 'unavailable', 'too_many_requests'])

/** Whether the same request may succeed later without being changed. */
export function isTemporary(problem: Problem): boolean {
  return TEMPORARY.has(problem.code)
}

export function isSignedOut(problem: Problem): boolean {
  return problem.code === 'unauthorized' || problem.code === 'token_expired'
}

interface ProblemBody {
  code?: unknown
  title?: unknown
  detail?: unknown
  errors?: unknown
  retry_after?: unknown
}

export function problemOfResponse(status: number, body: unknown): Problem {
  const problem: ProblemBody = typeof body === 'object' && body !== null ? body : {}
  const code = typeof problem.code === 'string' ? problem.code : status >= 500 ? 'unavailable' : 'bad_request'
  const detail = typeof problem.detail === 'string' ? problem.detail : typeof problem.title === 'string' ? problem.title : `HTTP ${status}`
  const retry_after_ms = typeof problem.retry_after === 'number' ? problem.retry_after * 1000 : undefined
  return new Problem(code, detail, fieldsOf(problem.errors), retry_after_ms)
}

/** An error as the real-time client hands it out; codes below 100 are its own (timeout, connection closed). */
export function problemOfReply(error: unknown): Problem {
  if (error instanceof Problem) return error
  const reply = typeof error === 'object' && error !== null ? (error as { code?: unknown; message?: unknown }) : {}
  const message = typeof reply.message === 'string' ? reply.message : ''
  if (typeof reply.code !== 'number' || reply.code < 100) return new Problem(UNREACHABLE, message || 'no answer')
  const named = /^([a-z_]+)(?:: (.*))?$/s.exec(message)
  // A reply has no field for it.
  const wait_s = /(\d+) s more$/.exec(message)?.[1]
  return new Problem(named?.[1] ?? codeOfNumber(reply.code), named?.[2] || message, {}, wait_s === undefined ? undefined : Number(wait_s) * 1000)
}

/** For a reply without a named code, as a proxy or another server of the same protocol would send. */
function codeOfNumber(code: number): string {
  const names: Record<number, string> = {
    100: 'internal',
    101: 'unauthorized',
    102: 'unknown_room',
    103: 'permission_denied',
    106: 'limit_exceeded',
    109: 'token_expired',
    111: 'too_many_requests',
  }
  return names[code] ?? 'bad_request'
}

function fieldsOf(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {}
  if (!Array.isArray(errors)) return fields
  for (const error of errors as { field?: unknown; detail?: unknown }[]) {
    if (typeof error.field === 'string' && typeof error.detail === 'string') fields[error.field] = asSentence(error.detail)
  }
  return fields
}

const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** The first moment that the server speaks of in its answer. */
export function momentIn(problem: Problem): string | undefined {
  return problem.detail.match(TIME)?.[0]
}

/** A sentence for people. */
export function sentence(problem: unknown): string {
  const text = problem instanceof Problem ? (problem.code === UNREACHABLE ? 'The server cannot be reached' : problem.detail.replace(TIME, (at) => clock.format(new Date(at)))) : 'Something went wrong'
  return asSentence(text)
}

function asSentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
