import { expect, it } from 'vitest'
import { Turns } from './turns'

it('lets no more happen at once, in the order of asking, whatever fails', async () => {
  const turns = new Turns(2)
  const ends: ((failed?: boolean) => void)[] = []
  const begun: number[] = []
  const all = [1, 2, 3, 4].map((n) =>
    turns.take(() => {
      begun.push(n)
      return new Promise<void>((done, failed) => ends.push((fails) => (fails ? failed(new Error()) : done())))
    }),
  )
  const settled = Promise.allSettled(all)
  expect(begun).toEqual([1, 2])
  ends[1]?.(true)
  await Promise.resolve(all[1]).catch(() => undefined)
  await new Promise((next) => setImmediate(next))
  expect(begun).toEqual([1, 2, 3])
  ends[0]?.()
  await all[0]
  await new Promise((next) => setImmediate(next))
  expect(begun).toEqual([1, 2, 3, 4])
  ends[2]?.()
  ends[3]?.()
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
})
