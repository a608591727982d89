import { expect, it } from 'vitest'
import { goOn, isEnd, Lines, manifestOf } from './lines'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (lines: Lines) => lines.whole.map((piece) => new TextDecoder().decode(piece)).join('')

it('counts lines however they are cut, also within a letter', () => {
  const text = '{"rev":1,"text":"grün"}\n{"rev":2}\n'
  for (let cut = 0; cut <= bytes(text).length; cut++) {
    const lines = new Lines()
    lines.take(bytes(text).slice(0, cut))
    lines.take(bytes(text).slice(cut))
    expect([lines.count, lines.first, lines.last, lines.bytes, textOf(lines)]).toEqual([2, '{"rev":1,"text":"grün"}', '{"rev":2}', bytes(text).length, text])
  }
})

it('goes on after an interruption with whole lines only', () => {
  const lines = new Lines()
  lines.take(bytes('{"rev":1}\n{"rev":2'))
  lines.interrupt()
  expect(lines.last).toBe('{"rev":1}')
  lines.take(bytes('{"rev":2}\n{"rev":3}\n'))
  expect([lines.count, textOf(lines)]).toEqual([3, '{"rev":1}\n{"rev":2}\n{"rev":3}\n'])
})

it('knows with what to go on, and when all is there', () => {
  const manifest = '{"type":"manifest","of":"room","head_seq":9,"head_rev":12,"epoch":"e"}'
  const message = '{"type":"message","message":{"room":"r","seq":3,"rev":5}}'
  expect(manifestOf(manifest)?.head_seq).toBe(9)
  expect(goOn(manifest, message)).toEqual({ after_rev: '5', until_rev: '12', epoch: 'e' })
  expect(goOn('{"type":"manifest","of":"user"}', message)).toEqual({ after_room: 'r', after_seq: '3' })
  // Cut off before the first message, or not understood at all.
  expect(goOn(manifest, '{"type":"member"}')).toBeUndefined()
  expect(goOn('', '')).toBeUndefined()
  expect([isEnd('{"type":"end"}'), isEnd(message), isEnd('{"ty')]).toEqual([true, false, false])
})
