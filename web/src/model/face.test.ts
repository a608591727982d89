import { expect, it } from 'vitest'
import { hueOf, HUES, initialsOf } from './face'

it('gives everybody initials and a colour that stays', () => {
  expect(['Ann Lindqvist', 'ben', 'a.b-c', '  ', 'émile zola', '🎉 party'].map(initialsOf)).toEqual(['AL', 'B', 'AC', '?', 'ÉZ', '🎉P'])
  expect(hueOf('u1')).toBe(hueOf('u1'))
  expect(Array.from({ length: 200 }, (_, at) => hueOf(`user-${at}`)).every((hue) => hue >= 0 && hue < HUES)).toBe(true)
})
