import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../api/problem'
import type { SearchPage, SearchQuery } from '../api/wire'
import { message } from '../testing/samples'
import { Search } from './search.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const page = (...seqs: number[]): SearchPage => ({ results: seqs.map((seq) => ({ message: message(seq), highlights: [] })) })
const seqs = (search: Search) => search.results.map((result) => result.message.seq)

it('asks once, when nothing more is typed', async () => {
  const asked: SearchQuery[] = []
  const search = new Search(async (query) => (asked.push(query), page(1)))
  for (const words of ['t', 'ti', 'tide']) search.seek({ words })
  expect(search.status).toBe('searching')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked.map(({ query }) => query)).toEqual(['tide'])
  expect(seqs(search)).toEqual([1])
})

it('lets go of the answer to what is not asked any more', async () => {
  const answers: ((page: SearchPage) => void)[] = []
  const search = new Search(() => new Promise((done) => answers.push(done)))
  search.seek({ words: 'ebb' })
  await vi.advanceTimersByTimeAsync(1_000)
  search.seek({ words: 'flood' })
  await vi.advanceTimersByTimeAsync(1_000)
  answers[1]?.(page(2))
  answers[0]?.(page(1))
  await vi.advanceTimersByTimeAsync(0)
  expect(seqs(search)).toEqual([2])
  search.seek({ words: '' })
  expect([search.status, seqs(search)]).toEqual(['quiet', []])
})

it('goes on from where a page ended, until there is no more', async () => {
  const search = new Search(async (_, cursor) => (cursor === undefined ? { ...page(3, 2), next: 'c' } : page(1)))
  search.seek({ words: 'tide' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(search.hasMore).toBe(true)
  await search.more()
  expect([seqs(search), search.hasMore]).toEqual([[3, 2, 1], false])
})

it('says why it failed', async () => {
  const search = new Search(async () => Promise.reject(new Problem('too_many_requests', 'try again in 3 seconds')))
  search.seek({ words: 'tide' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect([search.status, search.problem]).toEqual(['failed', 'Try again in 3 seconds.'])
})

it('goes on by itself where a step has found nothing', async () => {
  const search = new Search(async (_, cursor) => (cursor === 'b' ? page(1) : { results: [], next: cursor === 'a' ? 'b' : 'a' }))
  search.seek({ words: 'tide' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect([search.status, seqs(search), search.hasMore]).toEqual(['done', [1], false])
})
