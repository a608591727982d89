import { expect, it } from 'vitest'
import { boxOf, columnsOf, MOST_HEIGHT_PX, MOST_WIDTH_PX } from './gallery'

it('sets aside room in the shape of the picture, within bounds', () => {
  expect(boxOf({ width: 1600, height: 1000 })).toEqual({ width_px: MOST_WIDTH_PX, ratio: 1.6 })
  expect(boxOf({ width: 1000, height: 1600 })).toEqual({ width_px: MOST_HEIGHT_PX * 0.625, ratio: 0.625 })
})

it('leaves small pictures small, but large enough to be pressed', () => {
  expect(boxOf({ width: 200, height: 100 }).width_px).toBe(200)
  expect(boxOf({ width: 8, height: 8 }).width_px).toBe(96)
})

it('cuts what is very long or very high', () => {
  expect(boxOf({ width: 100, height: 10_000 }).ratio).toBe(0.5)
  expect(boxOf({ width: 10_000, height: 100 }).ratio).toBe(4)
})

it('sets room aside for what nobody has measured', () => {
  expect(boxOf({})).toEqual(boxOf({ width: 4000, height: 3000 }))
})

it('puts pictures beside each other so that few rows are left open', () => {
  expect([1, 2, 3, 4, 5, 6, 10].map(columnsOf)).toEqual([1, 2, 3, 2, 3, 3, 3])
})
