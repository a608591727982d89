import MarkdownIt, { type Token } from 'markdown-it'

/**
 * Message text as a tree that components render: nothing here or there ever becomes HTML text.
 * Only what people write in a chat is understood; headings, tables, images and raw HTML stay
 * the characters they are.
 */
export type Node =
  | { type: 'text'; text: string }
  | { type: 'mention'; text: string; me: boolean }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'code_block'; text: string; language: string }
  | { type: 'link'; href: string; children: Node[] }
  | { type: 'strong' | 'em' | 's' | 'paragraph' | 'blockquote' | 'bullet_list' | 'list_item'; children: Node[] }
  | { type: 'ordered_list'; start: number; children: Node[] }

const parser = new MarkdownIt('zero', { html: false, linkify: true, breaks: true }).enable([
  'fence',
  'blockquote',
  'list',
  'backticks',
  'emphasis',
  'strikethrough',
  'link',
  'autolink',
  'linkify',
  'newline',
  'escape',
])
// "file.rs" and "and.so" are not links; "www.example.org" and whole addresses are.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
parser.validateLink = (href) => /^(?:https?:|mailto:)/i.test(href.trim())

export function parseMarkdown(text: string): Node[] {
  return treeOf(parser.parse(text, {}))
}

type Parent = Extract<Node, { children: Node[] }>

function treeOf(tokens: readonly Token[]): Node[] {
  const root: Node[] = []
  const open: Parent[] = []
  const put = (node: Node) => (open.at(-1)?.children ?? root).push(node)
  for (const token of tokens) {
    if (token.nesting < 0) {
      open.pop()
    } else if (token.nesting > 0) {
      const parent = parentOf(token)
      put(parent)
      open.push(parent)
    } else if (token.type === 'inline') {
      for (const node of treeOf(token.children ?? [])) put(node)
    } else {
      put(leafOf(token))
    }
  }
  return root
}

function parentOf(token: Token): Parent {
  const type = token.type.replace(/_open$/, '')
  switch (type) {
    case 'link':
      return { type, href: String(token.attrGet('href') ?? ''), children: [] }
    case 'ordered_list':
      return { type, start: Number(token.attrGet('start') ?? 1), children: [] }
    case 'strong':
    case 'em':
    case 's':
    case 'blockquote':
    case 'bullet_list':
    case 'list_item':
      return { type, children: [] }
    default:
      return { type: 'paragraph', children: [] }
  }
}

function leafOf(token: Token): Node {
  switch (token.type) {
    case 'softbreak':
    case 'hardbreak':
      return { type: 'break' }
    case 'code_inline':
      return { type: 'code', text: token.content }
    case 'fence':
      return { type: 'code_block', text: token.content.replace(/\n$/, ''), language: token.info.trim().split(/\s+/)[0] ?? '' }
    default:
      return { type: 'text', text: token.content }
  }
}

const ONLY_EMOJI = /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Emoji_Modifier}\u{FE0F}\u{20E3}]*(?:\u{200D}\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{FE0F}]*)*\s*){1,3}$/u

/** Up to three emoji and nothing else: worth showing larger. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 60 && ONLY_EMOJI.test(text.trim())
}

const BLOCKS = new Set<Node['type']>(['paragraph', 'blockquote', 'bullet_list', 'ordered_list', 'list_item', 'code_block'])

/** The text on one line, without its marks. */
export function onOneLine(text: string): string {
  const words = (nodes: Node[]): string => nodes.map((node) => (BLOCKS.has(node.type) ? ' ' : '') + wordsOf(node)).join('')
  const wordsOf = (node: Node) => ('children' in node ? words(node.children) : 'text' in node ? node.text : ' ')
  return words(parseMarkdown(text)).replace(/\s+/g, ' ').trim()
}

/** The beginning of it, for previews and announcements. */
export function plainText(text: string): string {
  return onOneLine(text.slice(0, 400))
}
