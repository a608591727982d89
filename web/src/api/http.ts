import { assertOwn } from './owner'
import { Problem, UNREACHABLE, problemOfResponse } from './problem'

type Query = Record<string, string | number | undefined>

/**
 * One request to the server the page came from. The session is a cookie that scripts cannot
 * read, so there is nothing to attach here.
 */
export async function request<Answer>(method: string, path: string, options: { query?: Query; body?: unknown } = {}): Promise<Answer> {
  assertOwn()
  const init: RequestInit = { method, credentials: 'same-origin', headers: { accept: 'application/json' } }
  if (options.body !== undefined) {
    init.headers = { ...init.headers, 'content-type': 'application/json' }
    init.body = JSON.stringify(options.body)
  }
  let response: Response
  let body: unknown
  try {
    response = await fetch(`/api/v1/${path}${queryString(options.query)}`, init)
    const text = await response.text()
    body = text === '' ? undefined : parse(text)
  } catch {
    throw new Problem(UNREACHABLE, 'no answer')
  }
  if (!response.ok) throw problemOfResponse(response.status, body)
  return body as Answer
}

/** A proxy in the way may answer with a page of its own. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function queryString(query: Query | undefined): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(key, String(value))
  const text = search.toString()
  return text && `?${text}`
}
