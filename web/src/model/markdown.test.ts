import { describe, expect, it } from 'vitest'
import { isOnlyEmoji, parseMarkdown, plainText, type Node } from './markdown'

const inline = (text: string) => (parseMarkdown(text)[0] as { children: Node[] }).children

function links(nodes: Node[]): string[] {
  return nodes.flatMap((node) => [...(node.type === 'link' ? [node.href] : []), ...('children' in node ? links(node.children) : [])])
}

describe('message text', () => {
  it('knows what people write in a chat', () => {
    expect(inline('a **b** *c* ~~d~~ `e`').map((node) => node.type)).toEqual(['text', 'strong', 'text', 'em', 'text', 's', 'text', 'code'])
    expect(parseMarkdown('```js\n1 < 2\n```')).toEqual([{ type: 'code_block', text: '1 < 2', language: 'js' }])
    expect(parseMarkdown('> q\n\n- a\n- b\n\n3. c').map((node) => node.type)).toEqual(['blockquote', 'bullet_list', 'ordered_list'])
    expect(inline('one\ntwo').map((node) => node.type)).toEqual(['text', 'break', 'text'])
  })

  it('leaves everything else as it was written', () => {
    for (const text of ['# not a heading', '<b onclick="x()">html</b>', '<script>alert(1)</script>', '&amp; &lt;', '| a | b |\n|---|---|', '---']) {
      expect(plainText(text)).toBe(text.replace(/\n/g, ' '))
    }
  })

  it('links addresses, and only those that lead to pages and mail', () => {
    expect(links(parseMarkdown('see https://example.org/a?b=c. and [text](http://example.org)'))).toEqual(['https://example.org/a?b=c', 'http://example.org'])
    expect(links(parseMarkdown('<https://example.org>'))).toEqual(['https://example.org'])
    for (const text of ['[x](javascript:alert(1))', '[x](JAVASCRIPT:alert(1))', '[x](data:text/html,hi)', '[x](vbscript:x)', '[x](file:///etc)', '[x](&#106;avascript:alert(1))', '[x]( //evil.example )', '![x](https://example.org/x.png)', 'main.rs']) {
      expect(links(parseMarkdown(text)).filter((href) => !href.startsWith('https://example.org')), text).toEqual([])
    }
  })

  it.each(['*'.repeat(30_000), '['.repeat(30_000), '> '.repeat(20_000), '`'.repeat(30_001), '- '.repeat(20_000), '**a '.repeat(15_000), 'https://a'.repeat(6_000), '~~'.repeat(20_000), '[a]('.repeat(15_000), '<'.repeat(60_000), '\\'.repeat(60_000), 'a@b.'.repeat(15_000)])(
    'is read quickly even if it was written to be slow (%#)',
    (text) => {
      const before = performance.now()
      parseMarkdown(text)
      expect(performance.now() - before).toBeLessThan(1_500)
    },
  )

  it('tells emoji from text and digits', () => {
    for (const text of ['🎉', '🎉🎉', '👍🏽', '👩‍👩‍👧‍👦', '🇸🇪', '❤️ 🎉']) expect(isOnlyEmoji(text), text).toBe(true)
    for (const text of ['', '1', '123', '*', 'a🎉', '🎉🎉🎉🎉']) expect(isOnlyEmoji(text), text).toBe(false)
  })

  it('becomes one plain line for previews', () => {
    expect(plainText('**Hello**\n\n- a\n- [b](https://example.org)\n\n```\ncode\n```')).toBe('Hello a b code')
  })
})
