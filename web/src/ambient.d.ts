declare module 'virtual:emoji-list' {
  const groups: { name: string; emoji: [emoji: string, name: string][] }[]
  export default groups
}
