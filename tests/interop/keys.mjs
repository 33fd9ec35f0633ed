// Makes the keys of the clients that authenticate by assertion: a PEM for them, a JWK Set for us.
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { writeFileSync } from 'node:fs'

for (const [name, alg] of [['client', 'ES256'], ['older', 'RS256']]) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  writeFileSync(`${name}.pem`, await exportPKCS8(privateKey), { mode: 0o600 })
  writeFileSync(`${name}.jwks`, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg, use: 'sig' }] }))
}
