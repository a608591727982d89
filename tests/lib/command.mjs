import { spawn } from 'node:child_process'

/**
 * Runs a program to its end: `{ code, out }`, where `out` is all that it printed. Where it must succeed (`run`), an error
 * tells what it printed.
 */
export function attempt(command, args = [], { cwd, env = {}, input } = {}) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text))
    child.once('error', reject)
    child.once('close', (code, signal) => done({ code: code ?? signal, out }))
    if (input !== undefined) child.stdin.end(input)
  })
}

export async function run(command, args = [], options = {}) {
  const { code, out } = await attempt(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${out.slice(-8192)}`)
  return out
}
