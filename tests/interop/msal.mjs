// msal-node as a daemon, as its documentation shows, with heistctl as an OpenID provider.
import assert from 'node:assert/strict'
import { ConfidentialClientApplication, ProtocolMode } from '@azure/msal-node'

const { ISSUER, BASIC } = process.env
const app = new ConfidentialClientApplication({
  auth: { clientId: 'basic', clientSecret: BASIC, authority: ISSUER, knownAuthorities: [new URL(ISSUER).host] },
  system: { protocolMode: ProtocolMode.OIDC },
})
const first = await app.acquireTokenByClientCredential({ scopes: ['a'] })
assert.equal(first.tokenType, 'Bearer')
assert.deepEqual(first.scopes, ['a'])
const again = await app.acquireTokenByClientCredential({ scopes: ['a'] })
assert.deepEqual([again.accessToken, again.fromCache], [first.accessToken, true])
await assert.rejects(app.acquireTokenByClientCredential({ scopes: ['none'] }), /invalid_scope/)
console.log('ok msal-node: client secret, cache, a scope that is not allowed')
