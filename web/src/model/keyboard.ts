/** The key that goes with K, as the keyboard at hand calls it. */
export function jumpKey(platform: string): 'Ctrl' | '⌘' {
  return /Mac|iPhone|iPad/.test(platform) ? '⌘' : 'Ctrl'
}
