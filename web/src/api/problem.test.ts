import { expect, it } from 'vitest'
import { problemOfReply, problemOfResponse } from './problem'

it('understands refusals of both kinds alike', () => {
  const by_http = problemOfResponse(413, { code: 'too_large', detail: 'at most 9 bytes' })
  const by_socket = problemOfReply({ code: 106, message: 'too_large: at most 9 bytes' })
  expect([by_http.code, by_http.detail]).toEqual([by_socket.code, by_socket.detail])
  expect(problemOfReply({ code: 1, message: 'timeout' }).code).toBe('unreachable')
  expect(problemOfReply({ code: 111, message: 'slow down' }).code).toBe('too_many_requests')
  expect(problemOfResponse(502, undefined).code).toBe('unavailable')
  expect(problemOfResponse(422, { code: 'invalid', errors: [{ field: 'name', code: 'short', detail: 'too short' }] }).fields).toEqual({ name: 'too short' })
})
