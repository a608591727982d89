const DAY_MS = 24 * 60 * 60 * 1000

/** The local calendar day of a moment, as a key. */
export function dayOf(at: string | number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const exact_clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const short_day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const long_day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const long_day_with_year = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const medium = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

export const timeOfDay = (at: string) => clock.format(new Date(at))
export const timeOfDayExact = (at_ms: number) => exact_clock.format(at_ms)
export const mediumTime = (at: string) => medium.format(new Date(at))
export const fullTime = (at: string) => full.format(new Date(at))

export function dayTitle(at: string, now_ms: number): string {
  if (dayOf(at) === dayOf(now_ms)) return 'Today'
  if (dayOf(at) === dayOf(now_ms - DAY_MS)) return 'Yesterday'
  const same_year = new Date(at).getFullYear() === new Date(now_ms).getFullYear()
  return (same_year ? long_day : long_day_with_year).format(new Date(at))
}

/** As short as a list can take: a time today, a weekday this week, else a date. */
export function shortTime(at: string, now_ms: number): string {
  if (dayOf(at) === dayOf(now_ms)) return timeOfDay(at)
  if (now_ms - Date.parse(at) < 6 * DAY_MS) return weekday.format(new Date(at))
  return short_day.format(new Date(at))
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })

export function timeAgo(at: string, now_ms: number): string {
  const minutes = Math.round((Date.parse(at) - now_ms) / 60_000)
  if (minutes > -1) return 'just now'
  if (minutes > -60) return relative.format(minutes, 'minute')
  if (minutes > -24 * 60) return relative.format(Math.round(minutes / 60), 'hour')
  return relative.format(Math.round(minutes / 60 / 24), 'day')
}

/** A moment to come, as short as it is clear: "14:05", "tomorrow at 14:05", "9 Mar at 14:05". */
export function moment(at: string, now_ms: number): string {
  if (dayOf(at) === dayOf(now_ms)) return timeOfDay(at)
  const day = dayOf(at) === dayOf(now_ms + DAY_MS) ? 'tomorrow' : short_day.format(new Date(at))
  return `${day} at ${timeOfDay(at)}`
}
