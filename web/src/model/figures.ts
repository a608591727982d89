import type { Figures } from '../api/admin'

/** A moment of the server, as the charts draw it. */
export interface Sample {
  at_ms: number
  connections: number
  sends_per_s: number
  deliveries_per_s: number
  memory_bytes: number
  /** Of one processor; unknown for the first of them. */
  cpu: number | null
}

/** The newest `most` samples, with one more. The same moment told twice counts once. */
export function withSample(samples: readonly Sample[], figures: Figures, before: Figures | undefined, most: number): readonly Sample[] {
  const at_ms = Date.parse(figures.at)
  const last = samples.at(-1)
  if (last && at_ms <= last.at_ms) return samples
  const { connections, sends_per_s, deliveries_per_s, memory_bytes } = figures
  return [...samples.slice(1 - most), { at_ms, connections, sends_per_s, deliveries_per_s, memory_bytes, cpu: cpuBetween(before, figures) }]
}

/** Processor time per time, of the same node; one that was started anew counts from nothing. */
export function cpuBetween(before: Figures | undefined, now: Figures): number | null {
  if (!before || before.node !== now.node) return null
  const passed_s = (Date.parse(now.at) - Date.parse(before.at)) / 1000
  const used_s = now.cpu_s - before.cpu_s
  return passed_s > 0 && used_s >= 0 ? used_s / passed_s : null
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** A count that fits into a tile: whole as long as it is short. */
export function countInWords(count: number): string {
  return Math.abs(count) < 100_000 ? whole.format(count) : compact.format(count)
}

export function rateInWords(per_s: number): string {
  return per_s > 0 && per_s < 10 ? per_s.toFixed(1) : countInWords(per_s)
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytesInWords(bytes: number): string {
  const at = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** at
  return `${at > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[at]}`
}

export function percentInWords(part: number): string {
  const percent = part * 100
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`
}
