// Programs that tests start, and ports for them. They end with the test.
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const children = []
process.on('exit', () => children.forEach((child) => child.kill()))

// Resolves to the exit code. The log is shown where something fails.
export function start(log, command, args, env = {}) {
  const out = openSync(log, 'a')
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', out, out] })
  children.push(child)
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
}

export async function until(what, isTrue) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(50)) {
    const found = await isTrue().catch(() => undefined)
    if (found) return found
  }
  throw new Error(`waited in vain: ${what}`)
}

export const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

export async function freePort() {
  const server = createServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
