import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const DEPLOY = join(ROOT, 'deploy')

const TOOLS = join(ROOT, 'target/tools')
const PLACES = [
  join(TOOLS, 'deploy/bin'),
  join(TOOLS, 'go'),
  join(TOOLS, 'debian/prometheus/usr/bin'),
  join(TOOLS, 'debian/packer/usr/bin'),
  ...process.env.PATH.split(':'),
  '/usr/sbin',
  '/sbin',
]

/** Where a program is that `scripts/ensure-deploy.sh` fetched or the system has; nothing where it could not be had. */
export function tool(name) {
  return PLACES.map((directory) => join(directory, name)).find((path) => existsSync(path))
}

/** The options of a test that needs programs: skipped, saying so, where they are missing. */
export function needs(...names) {
  const missing = names.filter((name) => !tool(name))
  return missing.length > 0 ? { skip: `not on this machine: ${missing.join(', ')}` } : {}
}

export const asRoot = process.getuid() === 0 ? {} : { skip: 'only root may do this' }

/** The documents of YAML as JSON, by a program that the system's node does not have. */
export async function yaml(text) {
  const program = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin)), default=str))'
  return JSON.parse(await run(tool('python'), ['-c', program], { input: text }))
}
