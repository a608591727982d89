import { expect, it } from 'vitest'
import { momentIn, Problem, problemOfReply, problemOfResponse, sentence } from './problem'

it('understands refusals of both kinds alike', () => {
  const by_http = problemOfResponse(413, { code: 'too_large', detail: 'at most 9 bytes' })
  const by_socket = problemOfReply({ code: 106, message: 'too_large: at most 9 bytes' })
  expect([by_http.code, by_http.detail]).toEqual([by_socket.code, by_socket.detail])
  expect(problemOfReply({ code: 1, message: 'timeout' }).code).toBe('unreachable')
  expect(problemOfReply({ code: 111, message: 'slow down' }).code).toBe('too_many_requests')
  expect(problemOfResponse(502, undefined).code).toBe('unavailable')
  expect(problemOfResponse(422, { code: 'invalid', errors: [{ field: 'name', code: 'short', detail: 'too short' }] }).fields).toEqual({ name: 'Too short.' })
})

it('knows how long to wait also where the answer has no field for it', () => {
  const slow = problemOfReply({ code: 1012, message: 'slow_mode: in this room one waits between two messages: 12 s more' })
  expect([slow.code, slow.retryAfterMs]).toEqual(['slow_mode', 12_000])
  expect(problemOfReply({ code: 106, message: 'too_large: at most 9 bytes' }).retryAfterMs).toBeUndefined()
})

it('tells moments as people do', () => {
  const muted = new Problem('muted', 'you may say nothing here until 2026-01-05T10:00:00.000Z')
  expect(momentIn(muted)).toBe('2026-01-05T10:00:00.000Z')
  expect(sentence(muted)).toMatch(/^You may say nothing here until .*2026/)
  expect(sentence(muted)).not.toContain('T10')
  expect(momentIn(new Problem('muted', 'you may say nothing here for good'))).toBeUndefined()
})
