import type { Message } from '../api/wire'
import { filesInWords } from './files'
import { plainText } from './markdown'

/** What stands for a message where it has one line: its words, else what it carries. */
export function wordsOf({ text, attachments = [] }: Pick<Message, 'text' | 'attachments'>): string {
  return plainText(text) || filesInWords(attachments) || '…'
}
