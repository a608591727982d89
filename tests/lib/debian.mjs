import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attempt, run } from './command.mjs'
import { ROOT } from './deploy.mjs'
import { dieWithParent } from './server.mjs'

/** What an empty Debian is kept as; made by `scripts/ensure-deploy.sh`. */
export const BOOKWORM = join(ROOT, 'target/tools/bookworm')

export const needsDebian = process.getuid() === 0 && existsSync(BOOKWORM) ? {} : { skip: 'there is no empty Debian to try it in (root and mmdebstrap make one)' }

const made = new Set()
process.on('exit', () => made.forEach((directory) => rmSync(directory, { recursive: true, force: true })))

/** An empty Debian of its own, to install things in. It has this machine's network and none of its files. */
export class Debian {
  static async make() {
    const debian = new Debian()
    debian.directory = mkdtempSync(join(tmpdir(), 'chinwag-test-debian-'))
    made.add(debian.directory)
    debian.root = join(debian.directory, 'root')
    mkdirSync(debian.root)
    await run('cp', ['-a', '--reflink=auto', `${BOOKWORM}/.`, debian.root])
    return debian
  }

  path(inside) {
    return join(this.root, inside)
  }

  /**
   * Runs a command in it, in a process and mount namespace of its own: the shell is its first process, and all ends with it.
   */
  #inside(command) {
    const prepare = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && shift && chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"'
    return ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', prepare, 'sh', this.root, ...command]
  }

  run(...command) {
    const [program, ...rest] = this.#inside(command)
    return run(program, rest)
  }

  attempt(...command) {
    const [program, ...rest] = this.#inside(command)
    return attempt(program, rest)
  }

  /** Starts something that goes on until it is killed. */
  start(...command) {
    const [program, ...rest] = dieWithParent(this.#inside(command))
    return spawn(program, rest, { stdio: 'ignore' })
  }
}
