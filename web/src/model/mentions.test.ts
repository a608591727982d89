import { expect, it } from 'vitest'
import { parseMarkdown } from './markdown'
import { askedName, candidates, withMentions } from './mentions'

const people = [
  { id: '1', name: 'ada', display_name: 'Ada Lovelace' },
  { id: '2', name: 'grace.h', display_name: 'Grace Hopper' },
  { id: '3', name: 'zed', display_name: 'Adam Zed' },
]

it.each([
  ['hello @ad', 'ad'],
  ['@', ''],
  ['(@gr', 'gr'],
  ['mail me at ada@exa', undefined],
  ['`@ad', undefined],
  ['@ada said', undefined],
])('what %j asks for is %j', (text, asked) => expect(askedName(text)).toBe(asked))

it('offers names before display names, and everybody where one may call them', () => {
  expect(candidates('AD', people, true).map((one) => one.name)).toEqual(['ada', 'zed'])
  expect(candidates('ho', people, true).map((one) => one.name)).toEqual(['grace.h'])
  expect(candidates('', people, true).map((one) => one.name)).toEqual(['ada', 'grace.h', 'zed', 'room'])
  expect(candidates('ro', people, false)).toEqual([])
})

it('marks those who were mentioned, and nothing in code or in addresses', () => {
  const whom = (name: string) => (name === 'ada' ? 'me' : name === 'grace.h' ? 'other' : undefined) as 'me' | 'other' | undefined
  const marked = (text: string) => JSON.stringify(withMentions(parseMarkdown(text), whom)).match(/"mention","text":"([^"]*)","me":(\w+)/g) ?? []
  expect(marked('@Ada, ask **@grace.h**.')).toHaveLength(2)
  expect(marked('`@ada` x@ada @bob')).toEqual([])
  expect(JSON.stringify(withMentions(parseMarkdown('a @ada b'), whom))).toBe(
    '[{"type":"paragraph","children":[{"type":"text","text":"a "},{"type":"mention","text":"@ada","me":true},{"type":"text","text":" b"}]}]',
  )
})
