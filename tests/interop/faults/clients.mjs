// One token and one call of an API with a library of JavaScript, as its own documentation shows. Prints a line of JSON:
// the last step that was begun, the lifetime that the library sees, and the error with its causes.
const { ISSUER: issuer, TOKEN_URL: tokenUrl, API: api, CLIENT_ID: id, CLIENT_SECRET: secret, DPOP: dpop } = process.env
const method = process.env.AUTH === 'post' ? 'ClientSecretPost' : 'ClientSecretBasic'
const report = { step: 'token' }
const use = (lifetime) => Object.assign(report, { step: 'call', lifetime })

const clients = {
  'simple-oauth2': async () => {
    const { ClientCredentials } = (await import('simple-oauth2')).default
    const { origin, pathname } = new URL(tokenUrl)
    const options = { authorizationMethod: method === 'ClientSecretPost' ? 'body' : 'header' }
    const client = new ClientCredentials({ client: { id, secret }, auth: { tokenHost: origin, tokenPath: pathname }, options })
    const { token } = await client.getToken({ scope: 'a' })
    use(token.expires_in)
    // It has no requests to APIs of its own.
    await fetch(api, { headers: { authorization: `Bearer ${token.access_token}` } })
  },
  'openid-client': async () => {
    const client = await import('openid-client')
    const execute = [client.allowInsecureRequests]
    const config = await client.discovery(new URL(issuer), id, undefined, client[method](secret), { execute, algorithm: 'oauth2' })
    const options = dpop && { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) }
    const token = await client.clientCredentialsGrant(config, { scope: 'a' }, options)
    use(token.expiresIn())
    await client.fetchProtectedResource(config, token.access_token, new URL(api), 'GET', null, undefined, options)
  },
  oauth4webapi: async () => {
    const oauth = await import('oauth4webapi')
    const insecure = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
    const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
    const client = { client_id: id }
    const DPoP = dpop && oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const ask = async () => {
      const parameters = new URLSearchParams({ scope: 'a' })
      const answer = await oauth.clientCredentialsGrantRequest(as, client, oauth[method](secret), parameters, { DPoP, ...insecure })
      return oauth.processClientCredentialsResponse(as, client, answer)
    }
    // The program asks again, as the library's examples do.
    const token = await ask().catch((error) => (oauth.isDPoPNonceError(error) ? ask() : Promise.reject(error)))
    use(token.expires_in)
    await oauth.protectedResourceRequest(token.access_token, 'GET', new URL(api), undefined, null, { DPoP, ...insecure })
  },
  'MCP SDK': async () => {
    const { ClientCredentialsProvider } = await import('@modelcontextprotocol/sdk/client/auth-extensions.js')
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
    const authProvider = new ClientCredentialsProvider({ clientId: id, clientSecret: secret, scope: 'a', expectedIssuer: issuer })
    const saveTokens = authProvider.saveTokens.bind(authProvider)
    authProvider.saveTokens = (tokens) => saveTokens(tokens, use(tokens.expires_in))
    await new Client({ name: 'faults', version: '1.0.0' }).connect(new StreamableHTTPClientTransport(new URL(api), { authProvider }))
  },
}

const told = ({ name, message, code, cause }) => {
  const text = [code, message].filter(Boolean).join(': ')
  return { type: name, message: cause instanceof Error ? `${text}: ${told(cause).message}` : text }
}
await clients[process.argv[2]]().catch((error) => Object.assign(report, { error: { ...told(error), type: error.constructor.name } }))
console.log(JSON.stringify(report))
process.exit(0)
