// Clients that demand more of an issuer than RFC 8414 does, against `heistctl serve` without and with a path in its
// issuer: both MCP SDKs for JavaScript, the one for Python, msal-node and Rust's openidconnect. The MCP server is
// fastmcp, which verifies the tokens. Then the MCP conformance scenarios for clients, with `heistctl call`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import * as client from '@modelcontextprotocol/client'
import { ClientCredentialsProvider, PrivateKeyJwtProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { freePort, start, until } from './processes.mjs'

const LOG = 'strict.log'
const BASIC = 'basic-secret-of-32-bytes-or-more'
const { HEISTCTL, REPOSITORY, CARGO_TARGET_DIR, NODE24 } = process.env
const privateKey = readFileSync('client.pem', 'utf8')
const packages = {
  sdk: { ClientCredentialsProvider, PrivateKeyJwtProvider, Client, StreamableHTTPClientTransport },
  client,
}

// Runs a program to its end; what it says is in the error.
async function run(command, args, env = {}) {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...env } })
  process.stdout.write(stdout)
}

async function serve(name, path, flags = []) {
  const [port, mcpPort] = [await freePort(), await freePort()]
  const tls = flags.length > 0
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${port}${path}`
  const mcp = `http://127.0.0.1:${mcpPort}/mcp`
  mkdirSync(name, { recursive: true })
  writeFileSync(`${name}/heist.toml`, `
issuer = "${issuer}"
listen = "127.0.0.1:${port}"
store = "memory:"

[[client]]
id = "basic"
secret_env = "BASIC"
scopes = ["a", "b"]
audiences = ["${mcp}"]

[[client]]
id = "assertion"
jwks = "${resolve('client.jwks')}"
scopes = ["a"]
audiences = ["${mcp}"]
`)
  start(LOG, HEISTCTL, ['serve', '--config', `${name}/heist.toml`, ...flags], { BASIC })
  if (!tls) await until(`${issuer} listens`, async () => (await fetch(`http://127.0.0.1:${port}/livez`)).ok)
  return { issuer, mcp, mcpPort, port }
}

async function tool(name, authProvider, mcp) {
  const { Client, StreamableHTTPClientTransport } = packages[name]
  const made = new Client({ name: 'interop', version: '1.0.0' })
  await made.connect(new StreamableHTTPClientTransport(new URL(mcp), { authProvider }))
  const { content } = await made.callTool({ name: 'caller', arguments: {} })
  await made.close()
  return content[0].text
}

async function agents(path) {
  const { issuer, mcp, mcpPort } = await serve(`issuer${path.replace('/', '-')}`, path)
  const env = { ISSUER: issuer, MCP: mcp, PORT: String(mcpPort), BASIC, KEY: privateKey }
  start(LOG, 'venv/bin/python', ['mcp_server.py'], env)
  await until(`${mcp} listens`, async () => (await fetch(mcp)).status === 401)
  for (const name of Object.keys(packages)) {
    const { ClientCredentialsProvider, PrivateKeyJwtProvider } = packages[name]
    const secret = new ClientCredentialsProvider({ clientId: 'basic', clientSecret: BASIC, scope: 'a', expectedIssuer: issuer })
    assert.equal(await tool(name, secret, mcp), 'basic: a')
    const key = new PrivateKeyJwtProvider({ clientId: 'assertion', privateKey, algorithm: 'ES256', scope: 'a', expectedIssuer: issuer })
    assert.equal(await tool(name, key, mcp), 'assertion: a')
    const wrong = new ClientCredentialsProvider({ clientId: 'basic', clientSecret: 'wrong', expectedIssuer: issuer })
    await assert.rejects(tool(name, wrong, mcp))
    console.log(`ok MCP ${name} for JavaScript: secret, key, issuer${path}`)
  }
  await run('venv/bin/python', ['mcp_client.py'], env)
  await run('cargo', ['run', '--quiet', '--locked', '--manifest-path', `${REPOSITORY}/tests/interop/openidconnect/Cargo.toml`], { ...env, CARGO_TARGET_DIR })
}

async function msal() {
  const { issuer, port } = await serve('msal', '', ['--tls-self-signed', 'msal'])
  const env = { ISSUER: issuer, BASIC, NODE_EXTRA_CA_CERTS: 'msal/ca.pem' }
  await until(`${port} listens`, () => run('curl', ['-sSf', '--cacert', 'msal/ca.pem', '-o', '/dev/null', `${issuer}/livez`]).then(() => true))
  await run(process.execPath, ['msal.mjs'], env)
}

async function conformance(scenario, release = '@modelcontextprotocol/conformance') {
  const tool = `node_modules/${release}/dist/index.js`
  await promisify(execFile)(NODE24, [tool, 'client', '--command', `${process.execPath} conformance.mjs`, '--scenario', scenario])
  console.log(`ok MCP conformance: ${scenario}`)
}

await Promise.all([agents(''), agents('/tenant'), msal(), conformance('auth/client-credentials-basic'), conformance('auth/client-credentials-jwt'),
  conformance('auth/wif-jwt-bearer', 'mcp-conformance-next'), conformance('auth/enterprise-managed-authorization', 'mcp-conformance-next')])
process.exit(0)
