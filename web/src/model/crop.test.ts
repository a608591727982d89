import { describe, expect, it } from 'vitest'
import { cut, dragged, MOST_ZOOM, WHOLE, within } from './crop'

const wide = { width: 400, height: 200 }

it('begins with the middle, as much of it as fits', () => {
  expect(cut(wide, WHOLE)).toEqual({ left: 100, top: 0, side: 200 })
})

it('stays inside of the picture', () => {
  expect(cut(wide, { zoom: 1, x: 0, y: 0 })).toEqual({ left: 0, top: 0, side: 200 })
  expect(cut(wide, { zoom: 2, x: 1, y: 1 })).toEqual({ left: 300, top: 100, side: 100 })
  expect(within(wide, { zoom: 99, x: 0.5, y: 0.5 }).zoom).toBe(MOST_ZOOM)
  expect(within(wide, { zoom: 0, x: 0.5, y: 0.5 }).zoom).toBe(1)
})

describe('dragging', () => {
  it('moves the picture as far as the hand, whatever its size', () => {
    // A square of 100 px shows 200 px of the picture: 10 px of the hand are 20 of it.
    expect(cut(wide, dragged(wide, WHOLE, { x: 10, y: 0 }, 100)).left).toBeCloseTo(80)
    expect(cut(wide, dragged(wide, { ...WHOLE, zoom: 2 }, { x: 10, y: 0 }, 100)).left).toBeCloseTo(140)
  })

  it('ends at the edge', () => {
    expect(cut(wide, dragged(wide, WHOLE, { x: -1000, y: -1000 }, 100))).toEqual({ left: 200, top: 0, side: 200 })
  })
})
