import { expect, it } from 'vitest'
import type { Report } from '../../api/admin'
import { Problem } from '../../api/problem'
import { closeReports } from './close-reports'

const reports = ['3', '2', '1'].map((id) => ({ id }) as Report)

async function closing(answer: (id: string) => Promise<unknown>) {
  const [asked, counts]: [string[], number[]] = [[], []]
  const end = await closeReports(reports, ({ id }) => (asked.push(id), answer(id)), (count) => counts.push(count)).catch((error: unknown) => error)
  return { asked, counts, end }
}

it('closes all, one after the other', async () => {
  expect(await closing(async () => undefined)).toEqual({ asked: ['3', '2', '1'], counts: [1, 2, 3], end: undefined })
})

it('takes what somebody else has closed as closed', async () => {
  const { counts, end } = await closing(async (id) => (id === '2' ? Promise.reject(new Problem('unknown_report', 'there is no such report')) : undefined))
  expect([counts, end]).toEqual([[1, 2, 3], undefined])
})

it('ends where one fails', async () => {
  const problem = new Problem('unavailable', 'try again')
  const { asked, counts, end } = await closing(async (id) => (id === '2' ? Promise.reject(problem) : undefined))
  expect([asked, counts, end]).toEqual([['3', '2'], [1], problem])
})
