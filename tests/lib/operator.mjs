import { execFileSync } from 'node:child_process'
import { binary } from './server.mjs'

/** What the node's operator asks on the command line; the answer as JSON. */
export function operate(server, ...words) {
  const answer = execFileSync(binary(), [...words, '--json', '--data-dir', server.dataDir], { encoding: 'utf8' })
  return JSON.parse(answer)
}

/** The same as people read it. */
export function operateForPeople(server, ...words) {
  return execFileSync(binary(), [...words, '--data-dir', server.dataDir], { encoding: 'utf8' })
}
