import { notices } from './notices.svelte'

export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    notices.say(done)
  } catch {
    notices.say('The browser did not allow copying.', 'bad')
  }
}
