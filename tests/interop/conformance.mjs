// The client of the MCP conformance scenarios: calls the MCP server of the last argument with `heistctl call`. The
// server's metadata names the issuer, which `call` never takes from a resource by itself.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'

const server = process.argv.at(-1)
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT)
const refused = await fetch(server, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
const [, metadata] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate'))
const { authorization_servers, resource } = await (await fetch(metadata)).json()

const folder = mkdtempSync('conformance-')
const env = { PATH: process.env.PATH, HEISTCTL_CACHE_DIR: folder }
const issuer = authorization_servers[0]
const args = ['call', '--issuer', issuer, '--resource', resource, '--client-id', context.client_id]
if (context.valid_jwt) {
  // The workload's identity becomes the token.
  env.WORKLOAD = context.valid_jwt
  args.push('--grant', 'jwt-bearer', '--identity', 'env:WORKLOAD')
} else if (context.idp_id_token) {
  // An ID token becomes an ID-JAG at the identity provider, and that a token at the issuer.
  const exchange = ['token', '--token-url', context.idp_token_endpoint, '--client-id', context.idp_client_id,
    '--subject-token-file', '-', '--subject-token-type', 'id_token', '--requested-token-type', 'id-jag',
    '--audience', issuer, '--resource', resource]
  const grant = execFileSync(process.env.HEISTCTL, exchange, { env, input: context.idp_id_token })
  writeFileSync(`${folder}/id-jag`, grant, { mode: 0o600 })
  env.HEISTCTL_CLIENT_SECRET = context.client_secret
  args.push('--grant', 'jwt-bearer', '--subject-token-file', `${folder}/id-jag`)
} else if (context.private_key_pem) {
  writeFileSync(`${folder}/key.pem`, context.private_key_pem, { mode: 0o600 })
  args.push('--client-key', `${folder}/key.pem`)
} else {
  env.HEISTCTL_CLIENT_SECRET = context.client_secret
}
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'heistctl', version: '1' } },
}
args.push('-H', 'Accept: application/json, text/event-stream', '--json-body', JSON.stringify(initialize), server)
const answer = execFileSync(process.env.HEISTCTL, args, { env, encoding: 'utf8' })
assert.match(answer, /serverInfo/)
