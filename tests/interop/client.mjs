// `heistctl token` against issuers that nobody here wrote: oidc-provider and oauth2-mock-server in this
// process, Authlib's in the one that wrote authlib.json. Each is found by --issuer.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { OAuth2Server } from 'oauth2-mock-server'
import { Provider } from 'oidc-provider'

const jwks = JSON.parse(readFileSync('client.jwks', 'utf8'))
const shared = '0123456789abcdef0123456789abcdef'
// What the form encoding of RFC 6749 section 2.3.1 changes.
const awkward = 'p@ss +word%/&=:"~'
let passed = 0

async function test(name, run) {
  await run()
  passed += 1
  console.log(`ok ${name}`)
}

// Its code, stdout and stderr; each call has a cache of its own unless it brings one.
function heistctl(args, { secret, cache = mkdtempSync('cache-'), stdin = '' } = {}) {
  const env = { PATH: process.env.PATH, HEISTCTL_CACHE_DIR: cache }
  if (secret) env.HEISTCTL_CLIENT_SECRET = secret
  return new Promise((resolve) => {
    const child = execFile(process.env.HEISTCTL, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }))
    // Who reads no stdin closes it.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}

async function token(issuer, id, args, options) {
  const ran = await heistctl(['token', '--json', '--issuer', issuer, '--client-id', id, ...args], options)
  assert.equal(ran.code, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

const introspect = async (url, id, secret, token) => {
  const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ token }) })
  return answer.json()
}

async function oidcProvider(requireNonce) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  const client = (client_id, token_endpoint_auth_method, more) =>
    ({ client_id, token_endpoint_auth_method, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'a b', ...more })
  const provider = new Provider(issuer, {
    clients: [
      client('basic', 'client_secret_basic', { client_secret: awkward }),
      client('body', 'client_secret_post', { client_secret: awkward }),
      client('assertion', 'private_key_jwt', { jwks, token_endpoint_auth_signing_alg: 'ES256' }),
      client('shared', 'client_secret_jwt', { client_secret: shared }),
    ],
    scopes: ['a', 'b', 'c'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => requireNonce },
    },
    jwks: { keys: [JSON.parse(readFileSync('provider.jwk', 'utf8'))] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
  })
  server.on('request', provider.callback())
  return { issuer, server, introspection: `${issuer}/token/introspection` }
}

const ways = [
  ['basic', 'basic', [], { secret: awkward }],
  ['body', 'body', ['--auth-method', 'client_secret_post'], { secret: awkward }],
  ['private_key_jwt', 'assertion', ['--client-key', 'client.pem'], {}],
]

const provider = await oidcProvider(false)
for (const [name, id, args, options] of [...ways, ['client_secret_jwt', 'shared', ['--auth-method', 'client_secret_jwt'], { secret: shared }]]) {
  await test(`oidc-provider: ${name}, introspection, revocation`, async () => {
    const cache = mkdtempSync('cache-')
    const got = await token(provider.issuer, id, ['--scope', 'a', ...args], { ...options, cache })
    assert.deepEqual([got.token_type, got.scope, got.cached], ['Bearer', 'a', false])
    assert.equal((await token(provider.issuer, id, ['--scope', 'a', ...args], { ...options, cache })).cached, true)
    const active = async () => (await introspect(provider.introspection, 'basic', encodeURIComponent(awkward), got.access_token)).active
    assert.equal(await active(), true)
    const revoke = ['token', '--revoke', '--issuer', provider.issuer, '--client-id', id, '--scope', 'a', ...args]
    assert.equal((await heistctl(revoke, { ...options, cache })).code, 0)
    assert.equal(await active(), false)
  })
}

await test('oidc-provider: private_key_jwt by a JWK with its kid', async () => {
  assert.ok((await token(provider.issuer, 'assertion', ['--client-key', 'client.jwk'])).access_token)
})

await test('oidc-provider: a wrong secret, a scope that it does not have', async () => {
  const wrong = await heistctl(['token', '--issuer', provider.issuer, '--client-id', 'basic'], { secret: 'wrong' })
  assert.deepEqual([wrong.code, wrong.stdout], [4, ''])
  assert.match(wrong.stderr, /401 invalid_client/)
  const scope = await heistctl(['token', '--issuer', provider.issuer, '--client-id', 'basic', '--scope', 'c'], { secret: awkward })
  assert.deepEqual([scope.code, scope.stdout], [4, ''])
  assert.match(scope.stderr, /invalid_scope/)
})

for (const requireNonce of [false, true]) {
  const bound = requireNonce ? await oidcProvider(true) : provider
  await test(`oidc-provider: DPoP${requireNonce ? ' with a nonce' : ''}`, async () => {
    const got = await token(bound.issuer, 'basic', ['--dpop-key', 'client.pem'], { secret: awkward })
    const said = await introspect(bound.introspection, 'basic', encodeURIComponent(awkward), got.access_token)
    assert.equal(got.token_type, 'DPoP')
    assert.equal(said.token_type, 'DPoP')
    assert.ok(said.cnf.jkt)
    const fresh = await token(bound.issuer, 'basic', ['--dpop'], { secret: awkward })
    assert.notEqual((await introspect(bound.introspection, 'basic', encodeURIComponent(awkward), fresh.access_token)).cnf.jkt, said.cnf.jkt)
  })
  if (requireNonce) bound.server.close()
}
provider.server.close()

const mock = new OAuth2Server()
await mock.issuer.keys.generate('ES256')
await mock.start(0, '127.0.0.1')
const seen = []
mock.service.on('beforeResponse', (_, request) => seen.push([request.headers, request.body]))
// Its metadata says that it takes no secret, and it takes any.
const named = ['--auth-method', 'client_secret_basic']
await test('oauth2-mock-server: a secret that its metadata does not take', async () => {
  const ran = await heistctl(['token', '--issuer', mock.issuer.url, '--client-id', 'a'], { secret: 'x' })
  assert.deepEqual([ran.code, ran.stdout], [2, ''])
  assert.match(ran.stderr, /takes no client secret.*none, its metadata says/)
})
for (const [name, id, args, options] of [['basic', 'basic', named, { secret: awkward }], ...ways.slice(1)]) {
  await test(`oauth2-mock-server: ${name}`, async () => {
    const got = await token(mock.issuer.url, id, ['--scope', 'a b', ...args], options)
    assert.deepEqual([decodeJwt(got.access_token).scope, decodeProtectedHeader(got.access_token).alg], ['a b', 'ES256'])
    const [headers, body] = seen.pop()
    if (id === 'basic') assert.ok(headers.authorization.startsWith('Basic '))
    if (id === 'body') assert.equal(body.client_secret, awkward)
    if (id === 'assertion') assert.equal(decodeJwt(body.client_assertion).aud, mock.issuer.url)
    const judged = await heistctl(['inspect', '--issuer', mock.issuer.url], { stdin: got.access_token })
    assert.equal(judged.code, 0, judged.stdout)
  })
}
await test('oauth2-mock-server: 503 twice, then a token; a redirect; an answer that is none', async () => {
  let answers = 0
  const failing = (change) => mock.service.on('beforeResponse', change)
  failing((response) => { if (answers++ < 2) { response.statusCode = 503; response.body = {} } })
  assert.equal((await token(mock.issuer.url, 'basic', named, { secret: 'x' })).token_type, 'Bearer')
  assert.equal(answers, 3)
  mock.service.removeAllListeners('beforeResponse')
  failing((response) => { response.statusCode = 302; response.body = {} })
  const redirect = await heistctl(['token', '--issuer', mock.issuer.url, '--client-id', 'a', ...named], { secret: 'x' })
  assert.deepEqual([redirect.code, redirect.stdout], [5, ''])
  mock.service.removeAllListeners('beforeResponse')
  failing((response) => { response.body = { access_token: 7 } })
  const none = await heistctl(['token', '--issuer', mock.issuer.url, '--client-id', 'a', ...named], { secret: 'x' })
  assert.deepEqual([none.code, none.stdout], [5, ''])
})
await mock.stop()

const authlib = JSON.parse(readFileSync('authlib.json', 'utf8'))
for (const [name, id, args, options] of ways) {
  await test(`Authlib's server: ${name}, introspection, revocation`, async () => {
    const cache = mkdtempSync('cache-')
    const secret = options.secret && 'plain-secret'
    const got = await token(authlib.issuer, id, ['--scope', 'a', ...args], { secret, cache })
    assert.deepEqual([got.token_type, got.scope], ['Bearer', 'a'])
    assert.equal(statSync(cache).mode & 0o777, 0o700)
    const active = async () => (await introspect(authlib.introspection, 'basic', 'plain-secret', got.access_token)).active
    assert.equal(await active(), true)
    const revoke = ['token', '--revoke', '-', '--issuer', authlib.issuer, '--client-id', id, '--scope', 'a', ...args]
    assert.equal((await heistctl(revoke, { secret, cache, stdin: got.access_token })).code, 0)
    assert.equal(await active(), false)
    assert.equal((await token(authlib.issuer, id, ['--scope', 'a', ...args], { secret, cache })).cached, false)
  })
}
await test("Authlib's server: a secret that is wrong, a scope that it does not have", async () => {
  const wrong = await heistctl(['token', '--issuer', authlib.issuer, '--client-id', 'basic'], { secret: 'wrong' })
  assert.deepEqual([wrong.code, wrong.stdout], [4, ''])
  const scope = await heistctl(['token', '--issuer', authlib.issuer, '--client-id', 'basic', '--scope', 'c'], { secret: 'plain-secret' })
  assert.match(scope.stderr, /invalid_scope/)
})

console.log(`${passed} passed, 0 failed`)
