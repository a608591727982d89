const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** What a session is called in the list of devices: "Firefox on Linux". */
export function deviceName(user_agent: string): string {
  const name = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(user_agent))?.[1]
  return [name(BROWSERS) ?? 'Browser', name(SYSTEMS)].filter(Boolean).join(' on ')
}
