import type { Report } from '../api/admin'

/** What was reported about one message: one thing to decide, however many have told of it. */
export interface ReportedMessage {
  id: string
  /** The newest first. */
  reports: readonly [Report, ...Report[]]
}

/** Reports of the same message as one, in the order of the newest of each. What was decided apart stays apart. */
export function byMessage(reports: readonly Report[]): ReportedMessage[] {
  const groups = new Map<string, [Report, ...Report[]]>()
  for (const report of reports) {
    const id = keyOf(report)
    const group = groups.get(id)
    if (group) group.push(report)
    else groups.set(id, [report])
  }
  return [...groups].map(([id, reports]) => ({ id, reports }))
}

function keyOf({ room, message, state, action, note, closed_by }: Report): string {
  const decided = state === 'open' ? [] : [action, closed_by?.id, note]
  return JSON.stringify([room.id, message.seq, ...decided])
}

/** How often each reason is given, the most frequent first. */
export function reasonsOf(reports: readonly Report[]): [reason: Report['reason'], count: number][] {
  const counts = new Map<Report['reason'], number>()
  for (const { reason } of reports) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
