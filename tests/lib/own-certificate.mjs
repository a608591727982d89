import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A balancer's certificate was made a moment ago for this machine alone; nothing here leaves it.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
process.removeAllListeners('warning')

/** Makes a certificate for this machine in a directory; the path of the file that holds it and its key. */
export function makeCertificate(directory) {
  const [certificate, key, both] = ['server.pem', 'server.key', 'both.pem'].map((name) => join(directory, name))
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', ...names, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
  writeFileSync(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 })
  return both
}
