import groups from 'unicode-emoji-json/data-by-group.json' with { type: 'json' }
import type { Plugin } from 'vite'

/** Newer emoji are still missing from the fonts of many phones. */
const newest_version = 15

/**
 * Serves `virtual:emoji-list`: the Unicode emoji by group, cut down at build time to what
 * the picker shows, a tenth of the published table.
 */
export function emojiList(): Plugin {
  const id = 'virtual:emoji-list'
  return {
    name: 'emoji-list',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return
      const list = groups.map((group) => ({
        name: group.name,
        emoji: group.emojis
          .filter((emoji) => Number(emoji.emoji_version) <= newest_version)
          .map((emoji) => [emoji.emoji, emoji.name]),
      }))
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(list))})`
    },
  }
}
