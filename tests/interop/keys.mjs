// Makes keys: of clients that authenticate by assertion a PEM and a JWK for them and a JWK Set for the
// issuer, of an issuer a JWK.
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { writeFileSync } from 'node:fs'

const write = (name, content) => writeFileSync(name, content, { mode: 0o600 })

for (const [name, alg] of [['client', 'ES256'], ['older', 'RS256'], ['provider', 'RS256']]) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const about = { kid: 'k1', alg, use: 'sig' }
  write(`${name}.pem`, await exportPKCS8(privateKey))
  write(`${name}.jwk`, JSON.stringify({ ...(await exportJWK(privateKey)), ...about }))
  write(`${name}.jwks`, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...about }] }))
}
