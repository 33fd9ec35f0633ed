// The APIs of docs/verify-in-your-api.md, as that document shows them, against `heistctl serve`: a good token gets
// in, each kind of bad token is refused with its status and challenge. Arguments: the document, and the names of
// APIs where not all are meant.
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose'
import { freePort, listening, start as startLogged, until } from './processes.mjs'

const [document, ...only] = process.argv.slice(2)
const AUDIENCE = 'https://api.example.com'
const OTHER = 'https://other.example.com'
const SECRET = '0123456789abcdef0123456789abcdef'
const BAD = /^Bearer (?:realm="heistctl", )?error="invalid_token"/

// The fenced block after `<!-- ci: NAME -->`.
function block(name) {
  const [, rest] = readFileSync(document, 'utf8').split(`<!-- ci: ${name} -->\n\`\`\``)
  assert.ok(rest, `${document} has no block ${name}`)
  return rest.slice(rest.indexOf('\n') + 1, rest.indexOf('\n```') + 1)
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

const start = (command, args, env) => startLogged('apis.log', command, args, env)

async function heistctl(...args) {
  const ready = join(mkdtempSync('ready-'), 'ready.json')
  start(process.env.HEISTCTL, ['-q', 'serve', '--listen', '127.0.0.1:0', '--ready-file', ready, ...args])
  return until('heistctl serve is ready', async () => JSON.parse(readFileSync(ready, 'utf8')))
}

async function token(server, client_id, client_secret, more) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, ...more })
  const answer = await fetch(server.token_url, { method: 'POST', body })
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()).access_token
}

write('issuer/client.secret', SECRET)
write('issuer/signing.pem', readFileSync('client.pem'))
write('issuer/heist.toml', `
audience = "${AUDIENCE}"
[signing]
key_file = "signing.pem"
[[client]]
id = "backend"
secret_file = "client.secret"
scopes = ["things:read", "things:write"]
audiences = ["${OTHER}"]
`)
const issuer = await heistctl('--config', 'issuer/heist.toml')
const demo = await heistctl('--demo')
const { keys: [{ kid }] } = await (await fetch(`${issuer.url}/.well-known/jwks.json`)).json()

const good = await token(issuer, 'backend', SECRET, { scope: 'things:read' })
const write_only = await token(issuer, 'backend', SECRET, { scope: 'things:write' })
const key = createPrivateKey(readFileSync('client.pem'))
const claims = decodeJwt(good)
const now = Math.floor(Date.now() / 1000)
// A token like the good one, by the issuer's own key, but for these claims and header fields.
const minted = (changes, header = {}, by = key) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(by)
const [head, body, signature] = good.split('.')
const published = createPublicKey(key).export({ type: 'spki', format: 'pem' })

const bad = {
  'not a token': 'abc',
  'a token of the demo': await token(demo, 'hacker-client', 'hacker-secret-123', {}),
  'another audience': await token(issuer, 'backend', SECRET, { scope: 'things:read', resource: OTHER }),
  'a changed signature': [head, body, (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)].join('.'),
  'a changed claim': [head, Buffer.from(JSON.stringify({ ...claims, sub: 'x' })).toString('base64url'), signature].join('.'),
  'no signature': new UnsecuredJWT(claims).encode(),
  'HS256 with the public key': await minted({}, { alg: 'HS256' }, new TextEncoder().encode(published)),
  'an unknown kid': await minted({}, { kid: 'unknown' }),
  'expired': await minted({ iat: now - 3600, exp: now - 60 }),
  'no exp': await minted({ exp: undefined }),
  'not yet valid': await minted({ nbf: now + 600 }),
  'another issuer': await minted({ iss: OTHER }),
  'no aud': await minted({ aud: undefined }),
  'bound to a key': await minted({ cnf: { jkt: 'a' } }),
}
const noAccessToken = await minted({}, { typ: 'JWT' })

async function get(api, authorization) {
  const headers = authorization ? { authorization } : {}
  const answer = await fetch(`${api}/things`, { headers })
  return [answer.status, answer.headers.get('www-authenticate') ?? '', await answer.text()]
}

async function judge(api, { checksScope = true, typ = true }) {
  const [status, , text] = await get(api, `Bearer ${good}`)
  assert.equal(status, 200, text)
  assert.equal(JSON.parse(text).client, 'backend')
  for (const nothing of [undefined, 'Basic YTpi']) {
    const [status, challenge] = await get(api, nothing)
    assert.deepEqual([status, challenge.includes('error=')], [401, false], `${nothing}: ${challenge}`)
    assert.match(challenge, /^Bearer\b/)
  }
  for (const [name, token] of Object.entries({ ...bad, ...(typ && { 'no access token': noAccessToken }) })) {
    const [status, challenge] = await get(api, `Bearer ${token}`)
    assert.equal(status, 401, `${name} is answered ${status}`)
    assert.match(challenge, name === 'bound to a key' ? /error="invalid_token"/ : BAD, name)
  }
  const [allowed, challenge] = await get(api, `Bearer ${write_only}`)
  assert.equal(allowed, checksScope ? 403 : 200)
  if (checksScope) assert.equal(challenge, 'Bearer error="insufficient_scope", scope="things:read"')
}

// One API: `launch` starts it for an issuer and a port.
async function api(name, launch, does = {}) {
  if (only.length > 0 && !only.includes(name)) return
  const dead = `http://127.0.0.1:${await freePort()}`
  const urls = []
  for (const url of [issuer.url, dead]) {
    const port = await freePort()
    await launch({ ISSUER: url, AUDIENCE, PORT: String(port) })
    urls.push(`http://127.0.0.1:${port}`)
  }
  for (const url of urls) await until(`${name} listens`, async () => (await get(url))[0])
  await judge(urls[0], does)
  assert.equal((await get(urls[1], `Bearer ${good}`))[0], 503, `${name}: an issuer that is away`)
  console.log(`ok ${name}: a good token, ${Object.keys(bad).length} bad ones, no token, another scope, no issuer`)
}

await api('python', (env) => { start('venv/bin/python', [write('api.py', block('python'))], env) })
await api('node', (env) => { start(process.execPath, [write('api.mjs', block('node'))], env) })

// The versions are those of heistctl's own lock file, where both use a crate.
let built
async function rust(env) {
  for (const file of ['Cargo.toml', 'src/main.rs']) write(join('rust', file), block(`rust ${file}`))
  write('rust/Cargo.lock', readFileSync(process.env.LOCK))
  built ??= start('cargo', ['build', '--quiet', '--manifest-path', 'rust/Cargo.toml'])
  assert.equal(await built, 0, 'the Rust API does not build')
  start(join(process.env.CARGO_TARGET_DIR, 'debug/api'), [], env)
}
await api('rust', rust)

const behind = await listening(createServer((_, response) => response.end('{"client":"backend"}')))
function nginx({ ISSUER, PORT }) {
  let site = block('nginx')
  for (const [shown, real] of [
    ['127.0.0.1:8080', `127.0.0.1:${PORT}`],
    ['127.0.0.1:9000', `127.0.0.1:${behind}`],
    ['https://tokens.example.com', ISSUER],
  ]) {
    assert.ok(site.includes(shown), `the block for nginx has no ${shown}`)
    site = site.replace(shown, real)
  }
  const prefix = resolve(mkdtempSync('nginx-'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${of};`).join(' ')
  write(join(prefix, 'nginx.conf'), `daemon off; pid nginx.pid; error_log stderr;
events {} http { access_log off; ${temporary} ${site} }`)
  start(process.env.NGINX, ['-p', prefix, '-c', 'nginx.conf', '-e', 'stderr'])
}
await api('nginx', nginx, { checksScope: false, typ: false })
process.exit(0)
