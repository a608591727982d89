import type { Report } from '../../api/admin'
import { Problem } from '../../api/problem'

/**
 * Closes reports one after the other, as the server does it; `onclosed` gets how many are closed by now. One that somebody else
 * has closed meanwhile is closed. Where one fails the rest stays as it is.
 */
export async function closeReports(reports: readonly Report[], close: (report: Report) => Promise<unknown>, onclosed: (count: number) => void): Promise<void> {
  let count = 0
  for (const report of reports) {
    await close(report).catch((error: unknown) => {
      if (!(error instanceof Problem && error.code === 'unknown_report')) throw error
    })
    onclosed(++count)
  }
}
