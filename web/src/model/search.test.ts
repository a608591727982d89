import { describe, expect, it } from 'vitest'
import { NOTHING_SOUGHT, piecesOf, queryOf } from './search'

describe('what is asked', () => {
  it('is nothing without words', () => {
    expect(queryOf({ ...NOTHING_SOUGHT, words: '  ', room: 'r' })).toBeUndefined()
  })

  it('takes in both days, as the calendar at hand has them', () => {
    const query = queryOf({ ...NOTHING_SOUGHT, words: ' tide ', from: 'u', since: '2026-01-30', until: '2026-01-31' })
    expect(query).toEqual({ query: 'tide', room: undefined, from: 'u', after: new Date(2026, 0, 30).toISOString(), before: new Date(2026, 1, 1).toISOString() })
  })
})

describe('what is shown of a find', () => {
  const marked = (text: string, highlights: [number, number][]) => piecesOf(text, highlights).map(({ text, hit }) => (hit ? `[${text}]` : text)).join('')

  it('marks what was found', () => {
    expect(marked('high tide and low tide', [[5, 9], [18, 22]])).toBe('high [tide] and low [tide]')
  })

  it('begins shortly before it, at a word', () => {
    const text = `${'word '.repeat(60)}tide is here`
    const at = text.indexOf('tide')
    const shown = marked(text, [[at, at + 4]])
    expect(shown).toMatch(/^…word .*\[tide\] is here$/)
    expect(shown.length).toBeLessThan(90)
  })

  it('says nothing twice, whatever the places are', () => {
    const text = 'abcdefgh'
    for (const highlights of [[[0, 4], [2, 6]], [[4, 2]], [[-1, 3]], [[5, 99]], [[6, 8], [0, 2]]] as [number, number][][]) {
      expect(piecesOf(text, highlights).map((piece) => piece.text).join('')).toBe(text)
    }
  })

  it('ends a long text', () => {
    expect(marked('x'.repeat(1000), [])).toBe(`${'x'.repeat(260)}…`)
  })
})
