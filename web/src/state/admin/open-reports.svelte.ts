import * as calls from '../../api/admin'
import { byMessage } from '../../model/reports'
import { watch } from '../watch.svelte'

const EACH_MS = 30_000

/** How many reported messages wait for somebody. */
export class OpenReports {
  count = $state(0)

  /** Until the returned function is called. */
  start(): () => void {
    void this.look()
    const timer = setInterval(() => watch.visible && void this.look(), EACH_MS)
    return () => clearInterval(timer)
  }

  async look(): Promise<void> {
    try {
      const { list, has_more } = await calls.reports('open', {})
      this.count = has_more ? 100 : byMessage(list).length
    } catch {
      // The page of the reports says so itself.
    }
  }
}
