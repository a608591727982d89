import { describe, expect, it } from 'vitest'
import { readPushed } from './pushed'

const pushed = (more: object) => readPushed(JSON.stringify({ type: 'message', room: 'r1', seq: 7, title: 'Ada', body: 'Hello', badge: 2, url: '/r/r1/messages/7', tag: 'r1', ...more }))

it('reads what the server pushes', () => {
  expect(pushed({})).toEqual({ room: 'r1', title: 'Ada', body: 'Hello', badge: 2, url: '/r/r1/messages/7', tag: 'r1' })
})

it('makes nothing of what it does not know', () => {
  expect(pushed({ type: 'party' })).toBeUndefined()
  expect(readPushed('')).toBeUndefined()
  expect(readPushed('null')).toBeUndefined()
})

describe('the address that a press opens', () => {
  it('is always one of this server', () => {
    for (const url of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)', 7, undefined]) expect(pushed({ url })?.url).toBe('/r/r1/messages/7')
  })

  it('is the room where no message is named', () => {
    expect(pushed({ url: undefined, seq: undefined })?.url).toBe('/r/r1')
  })
})
