// Standard libraries of JavaScript against a running server, each as its own documentation shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as client from 'openid-client'
import * as oauth from 'oauth4webapi'
import * as jose from 'jose'

const { issuer, url } = JSON.parse(readFileSync('ready.json', 'utf8'))
const resource = `${url}/protected-resource`
const key = await jose.importPKCS8(readFileSync('client.pem', 'utf8'), 'ES256')
const insecure = { [oauth.allowInsecureRequests]: true }
let passed = 0

async function test(name, run) {
  await run()
  passed += 1
  console.log(`ok ${name}`)
}

const discover = (id, auth, algorithm) =>
  client.discovery(new URL(issuer), id, undefined, auth, { execute: [client.allowInsecureRequests], algorithm })

for (const algorithm of ['oauth2', 'oidc']) {
  await test(`openid-client: discovery as ${algorithm}, token, resource, introspection, revocation`, async () => {
    const config = await discover('basic', client.ClientSecretBasic('basic-secret'), algorithm)
    assert.equal(config.serverMetadata().issuer, issuer)
    const token = await client.clientCredentialsGrant(config, { scope: 'a b' })
    assert.equal(token.scope, 'a b')
    const answer = await client.fetchProtectedResource(config, token.access_token, new URL(resource), 'GET')
    assert.equal((await answer.json()).client, 'basic')
    const api = await discover('api', client.ClientSecretPost('api-secret'), algorithm)
    assert.equal((await client.tokenIntrospection(api, token.access_token)).active, true)
    await client.tokenRevocation(config, token.access_token)
    assert.deepEqual({ ...(await client.tokenIntrospection(api, token.access_token)) }, { active: false })
  })
}

await test('openid-client: private_key_jwt', async () => {
  const config = await discover('assertion', client.PrivateKeyJwt({ key, kid: 'k1' }), 'oauth2')
  assert.equal((await client.clientCredentialsGrant(config, {})).token_type, 'bearer')
})

await test('openid-client: client_secret_jwt', async () => {
  const config = await discover('shared', client.ClientSecretJwt('0123456789abcdef0123456789abcdef'), 'oauth2')
  assert.ok((await client.clientCredentialsGrant(config, {})).access_token)
})

await test('openid-client: DPoP at the token endpoint and at the resource', async () => {
  const config = await discover('bound', client.ClientSecretPost('bound-secret'), 'oauth2')
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const token = await client.clientCredentialsGrant(config, {}, { DPoP })
  assert.equal(token.token_type, 'dpop')
  const answer = await client.fetchProtectedResource(config, token.access_token, new URL(resource), 'GET', null, undefined, { DPoP })
  assert.equal(answer.status, 200)
  await assert.rejects(client.fetchProtectedResource(config, token.access_token, new URL(resource), 'GET'))
  await assert.rejects(client.clientCredentialsGrant(config, {}))
})

const authorizationServer = async () => {
  const id = new URL(issuer)
  const answer = await oauth.discoveryRequest(id, { algorithm: 'oauth2', ...insecure })
  return oauth.processDiscoveryResponse(id, answer)
}

await test('oauth4webapi: token for a resource, validated as an RFC 9068 access token', async () => {
  const as = await authorizationServer()
  const me = { client_id: 'basic' }
  const parameters = new URLSearchParams({ scope: 'a', resource: 'https://api.example.com' })
  const answer = await oauth.clientCredentialsGrantRequest(as, me, oauth.ClientSecretBasic('basic-secret'), parameters, insecure)
  const token = await oauth.processClientCredentialsResponse(as, me, answer)
  const request = new Request('https://api.example.com/', { headers: { authorization: `Bearer ${token.access_token}` } })
  const claims = await oauth.validateJwtAccessToken(as, request, 'https://api.example.com', insecure)
  assert.equal(claims.client_id, 'basic')
  await assert.rejects(oauth.validateJwtAccessToken(as, request, 'https://other.example.com', insecure))
})

await test('oauth4webapi: errors are OAuth errors with a challenge', async () => {
  const as = await authorizationServer()
  const me = { client_id: 'basic' }
  const wrong = await oauth.clientCredentialsGrantRequest(as, me, oauth.ClientSecretBasic('wrong'), {}, insecure)
  assert.equal(wrong.status, 401)
  const error = await oauth.processClientCredentialsResponse(as, me, wrong).catch((error) => error)
  assert.ok(error instanceof oauth.WWWAuthenticateChallengeError || error.error === 'invalid_client', String(error))
})

await test('jose: verification by the remote JWK Set', async () => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'api', client_secret: 'api-secret', resource: 'https://api.example.com' })
  const { access_token } = await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json()
  const keys = jose.createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
  const { payload } = await jose.jwtVerify(access_token, keys, { issuer, audience: 'https://api.example.com', typ: 'at+jwt', algorithms: ['ES256'] })
  assert.equal(payload.sub, 'api')
})

console.log(`${passed} passed, 0 failed`)
