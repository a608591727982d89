import { describe, expect, it } from 'vitest'
import { asRead } from './as-read'

/** Looks for a word as the server does, and shows where it is. */
function shown(text: string, word: string): string {
  const found = asRead(text, [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => [index, index + word.length] as const))
  let [marked, at] = ['', 0]
  for (const [from, to] of found.highlights) {
    marked += `${found.text.slice(at, from)}[${found.text.slice(from, to)}]`
    at = to
  }
  return marked + found.text.slice(at)
}

describe('what was found, as one reads it', () => {
  it('has none of the marks it was written with', () => {
    expect(shown('the **tide** and `low tide`, *tide*', 'tide')).toBe('the [tide] and low [tide], [tide]')
    expect(shown('> a ~~tide~~\n\n- one\n- **high** tide', 'tide')).toBe('a [tide] one high [tide]')
    expect(shown('```js\nconst tide = 1\n```', 'tide')).toBe('const [tide] = 1')
    expect(shown('see [the tide table](https://example.org/x) or https://example.org/tide?a=1', 'tide')).toBe('see the [tide] table or https://example.org/[tide]?a=1')
  })

  it('keeps a place that goes over marks', () => {
    const text = 'a **high** tide'
    expect(asRead(text, [[4, text.length]])).toEqual({ text: 'a high tide', highlights: [[2, 11]] })
  })

  it('leaves out what shows nothing of itself, and no more than that', () => {
    expect(shown('[table](https://example.org/tide) of the tide', 'tide')).toBe('table of the [tide]')
    expect(shown('[https](https://example.org) is https', 'https')).toBe('[https] is [https]')
    expect(shown('1. one and 1', '1')).toBe('one and [1]')
  })

  it('has what was written where it is no mark', () => {
    expect(shown('<img src=x onerror=tide()> & 2 * 3 * 4', 'tide')).toBe('<img src=x onerror=[tide]()> & 2 * 3 * 4')
    expect(shown('a \uFDD0tide\uFDD1', 'tide')).toBe('a \uFFFD[tide]\uFFFD')
  })

  it('takes what is around the first place of a long text', () => {
    for (const filler of ['**word** ', '**word**\n']) {
      const found = shown(`${filler.repeat(5_000)}**tide**${` ${filler}`.repeat(5_000)}tide`, 'tide')
      expect(found).toMatch(/word \[tide\] word/)
      expect(found.length).toBeLessThan(4_000)
    }
  })

  it('is not troubled by places that are none', () => {
    for (const places of [[[0, 4], [2, 6]], [[4, 2]], [[-1, 3]], [[5, 99]], [[6, 8], [0, 2]]] as [number, number][][]) {
      expect(asRead('abcdefgh', places).text).toBe('abcdefgh')
    }
  })
})
