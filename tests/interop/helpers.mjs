// Programs that take tokens from heistctl: every git on PATH with the credential helper, cargo with token-from-stdout,
// and kubectl with an exec plugin over TLS. And the request for a job's identity, held against the one of @actions/core.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { listening } from './processes.mjs'

const { HEISTCTL } = process.env
const tokenUrl = JSON.parse(readFileSync('ready.json', 'utf8')).token_url
const client = {
  HEISTCTL_TOKEN_URL: tokenUrl, HEISTCTL_CLIENT_ID: 'basic', HEISTCTL_CLIENT_SECRET: 'basic-secret',
  HEISTCTL_CACHE_DIR: resolve('helper-cache'),
}

async function run(command, args, env = {}) {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...client, ...env } })
  return stdout
}

// A server that answers by path, and the requests that it got.
async function fake(answer, create = createServer) {
  const requests = []
  const server = create((request, response) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers })
    answer(request, response)
  })
  return { requests, server, port: await listening(server) }
}

// Whether a request has a token of ours, as a header or as a password.
async function isOurs({ headers: { authorization = '' } }) {
  const [scheme, value = ''] = authorization.split(' ')
  const token = scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':')[1] : value
  return token === (await run(HEISTCTL, ['token'])).trim() ? scheme : undefined
}

async function identities() {
  const { requests, server, port } = await fake((request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(request.method === 'GET' ? '{"value":"eyJhbGciOiJub25lIn0.e30."}'
      : '{"access_token":"t","token_type":"Bearer","expires_in":60}')
  })
  const url = `http://127.0.0.1:${port}/idtoken/run/job?api-version=2.0`
  const variables = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' }
  for (const audience of ['https://as.example.com/a b?c=d&e', "api://x!*'()~é", 'plain']) {
    requests.length = 0
    await run('node', ['-e', 'import("@actions/core").then((core) => core.getIDToken(process.argv[1]))', audience], variables)
    await run(HEISTCTL, ['token', '--token-url', `http://127.0.0.1:${port}/token`, '--client-id', 'a', '--no-cache',
      '--identity', 'github-actions', '--identity-audience', audience], variables)
    const seen = requests.filter(({ method }) => method === 'GET')
      .map(({ url, headers }) => [url, headers.authorization, headers.accept])
    assert.equal(seen.length, 2)
    assert.deepEqual(seen[1], seen[0])
  }
  server.close()
  console.log('ok @actions/core: its request for an ID token is ours')
}

async function git(program) {
  let refusing = false
  const { requests, server, port } = await fake(async (request, response) => {
    const scheme = refusing ? undefined : await isOurs(request)
    if (!scheme) {
      const challenges = ['Bearer realm="git"', 'Basic realm="git"']
      return response.writeHead(401, { 'WWW-Authenticate': challenges }).end()
    }
    // The protocol for servers of plain files.
    response.setHeader('Content-Type', 'text/plain')
    response.end(request.url.includes('info/refs') ? `${'a'.repeat(40)}\trefs/heads/main\n` : 'ref: refs/heads/main\n')
  })
  const helper = `!'${HEISTCTL}' git-credential --host 127.0.0.1:${port}`
  const config = ['-c', 'credential.helper=', '-c', `credential.helper=${helper}`]
  const env = { GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', HOME: process.cwd() }
  const list = () => run(program, [...config, 'ls-remote', `http://127.0.0.1:${port}/repository.git`], env)
  assert.match(await list(), /refs\/heads\/main/)
  const version = execFileSync(program, ['version']).toString().match(/(\d+)\.(\d+)/)
  const isNew = version[1] > 2 || version[1] == 2 && version[2] >= 46
  const last = requests.findLast(({ headers }) => headers.authorization)
  assert.equal(await isOurs(last), isNew ? 'Bearer' : 'Basic')
  // A refused token is not given again.
  const before = await run(HEISTCTL, ['token'])
  refusing = true
  await assert.rejects(list())
  assert.notEqual(await run(HEISTCTL, ['token']), before)
  refusing = false
  assert.match(await list(), /refs\/heads\/main/)
  server.close()
  console.log(`ok git ${version[0]}: a token as ${isNew ? 'a Bearer header' : 'a password'}, and another after a refusal`)
}

async function cargo() {
  const { requests, server, port } = await fake(async (request, response) => {
    if (await isOurs(request) !== 'Bearer') return response.writeHead(401).end()
    const base = `http://127.0.0.1:${port}`
    if (request.url === '/index/config.json') {
      return response.end(JSON.stringify({ dl: `${base}/dl`, api: base, 'auth-required': true }))
    }
    if (request.url !== '/index/de/mo/demo') return response.writeHead(404).end()
    response.end(`${JSON.stringify({ name: 'demo', vers: '1.0.0', deps: [], cksum: '0'.repeat(64), features: {}, yanked: false })}\n`)
  })
  mkdirSync('crate/src', { recursive: true })
  mkdirSync('crate/.cargo', { recursive: true })
  writeFileSync('crate/src/lib.rs', '')
  writeFileSync('crate/Cargo.toml', `[package]\nname = "user"\nversion = "1.0.0"\nedition = "2024"\n[workspace]\n
[dependencies]\ndemo = { version = "1", registry = "internal" }\n`)
  writeFileSync('crate/.cargo/config.toml', `[registries.internal]\nindex = "sparse+http://127.0.0.1:${port}/index/"
credential-provider = ["cargo:token-from-stdout", "${HEISTCTL}", "token", "-o", "bearer"]\n`)
  await promisify(execFile)('cargo', ['generate-lockfile'], {
    cwd: 'crate', env: { ...process.env, ...client, CARGO_HOME: resolve('cargo-home') },
  })
  assert.match(readFileSync('crate/Cargo.lock', 'utf8'), /name = "demo"\nversion = "1.0.0"/)
  assert.equal(await isOurs(requests.at(-1)), 'Bearer')
  server.close()
  console.log('ok cargo: a registry with token-from-stdout')
}

async function kubectl() {
  // A certificate for loopback.
  await run(HEISTCTL, ['serve', '--demo', '--tls-self-signed', 'api-server', '--', 'true'])
  const tls = { cert: readFileSync('api-server/server.pem'), key: readFileSync('api-server/server.key') }
  const { server, port } = await fake(async (request, response) => {
    response.writeHead(await isOurs(request) === 'Bearer' ? 200 : 401).end('{"who":"basic"}')
  }, (answer) => createTlsServer(tls, answer))
  const config = (args) => JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': resolve('api-server/ca.pem') } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { exec: { interactiveMode: 'Never', command: HEISTCTL, ...args } } }],
  })
  // Kubernetes has v1 since 1.22.
  const { gitVersion } = JSON.parse(await run('kubectl', ['version', '--client', '-o', 'json'])).clientVersion
  const versions = gitVersion.match(/^v1\.(\d+)/)[1] >= 22 ? ['v1', 'v1beta1'] : ['v1beta1']
  for (const version of versions) {
    const apiVersion = `client.authentication.k8s.io/${version}`
    writeFileSync('kubeconfig', config({ apiVersion, args: ['token', '-o', 'kubernetes'] }))
    assert.equal(await run('kubectl', ['--kubeconfig', 'kubeconfig', 'get', '--raw', '/whoami']), '{"who":"basic"}')
  }
  server.close()
  console.log(`ok kubectl ${gitVersion}: an exec plugin, ${versions.join(' and ')}`)
}

await identities()
const gits = execFileSync('which', ['-a', 'git']).toString().trim().split('\n').map((path) => realpathSync(path))
for (const program of new Set(gits)) await git(program)
await cargo()
await kubectl()
