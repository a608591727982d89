import { expect, it } from 'vitest'
import { foundByWords } from './find'

const found = (names: string[], ...words: string[]) => foundByWords(names, words, (name) => name)

it('puts first what begins with the words, then what has a word that does', () => {
  expect(found(['What shall we do', 'Old harbour', 'Harbour', 'Lunch'], 'ha')).toEqual(['Harbour', 'Old harbour', 'What shall we do'])
})

it('wants all of the words, in any order', () => {
  expect(found(['Launch week', 'Launch', 'Week of the launch'], 'week', 'launch')).toEqual(['Launch week', 'Week of the launch'])
})

it('keeps the order among equals, and everything where nothing is asked', () => {
  expect(found(['b', 'a'])).toEqual(['b', 'a'])
  expect(found(['tea b', 'tea a'], 'tea')).toEqual(['tea b', 'tea a'])
})
