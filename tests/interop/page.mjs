// The page of `serve --demo` and `serve --test` in Chromium (CHROMIUM, default chromium): the four cases by click, a
// token judged, a fault set and seen, clock and keys, the list of requests as they come. Nothing on the console, no
// request to elsewhere, nothing serious found by axe-core in light, dark and phone width. Screenshots are written to
// the folder SCREENSHOTS (default screenshots).
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { start, until } from './processes.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SCREENSHOTS = process.env.SCREENSHOTS ?? 'screenshots'
const SECRET = '0123456789abcdef0123456789abcdef'
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync']
const ATTACK = '<img src=x onerror=alert(1)>'

async function heistctl(...args) {
  const ready = join(mkdtempSync('ready-'), 'ready.json')
  start('page.log', process.env.HEISTCTL, ['-q', 'serve', '--listen', '127.0.0.1:0', '--ready-file', ready, ...args], { APP: SECRET })
  return (await until('heistctl serve is ready', async () => JSON.parse(readFileSync(ready, 'utf8')))).url
}

// Opens the page in a browser of its own. Everything that it should not do is noted in `wrong`.
async function open(url, options) {
  const settings = { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, ...options }
  const context = await chromium.launchPersistentContext(mkdtempSync('chromium-'), settings)
  const page = context.pages()[0] ?? await context.newPage()
  const wrong = []
  // The browser itself notes each status that is not 2xx, and most cases are about those.
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text().startsWith('Failed to load resource')) return
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`error: ${error}`))
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== url && !request.url().startsWith('data:')) wrong.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  await says(page, '#connection', /^connected$/)
  return { context, page, wrong }
}

const says = (page, where, what) => until(`${where} says ${what}`, async () => {
  const text = await page.locator(where).innerText()
  return what.test(text) && text
})

async function closed({ context, page, wrong }) {
  await page.waitForLoadState()
  assert.deepEqual(wrong, [])
  await context.close()
}

// The serious findings of axe-core, and what is wider than the screen.
async function isAccessible(page, name) {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
  await page.evaluate(AXE)
  const found = await page.evaluate(() => window.axe.run(document))
  const serious = found.violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
  assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], name)
  assert.ok(found.passes.length > 20, `axe-core made ${found.passes.length} checks`)
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  assert.ok(content <= width, `${name}: ${content} pixels of content, ${width} of screen`)
}

async function cases(page) {
  for (const [name, ...parts] of [
    ['Right secret', '200 OK', '"access_token"', 'Access granted!', 'may have the scope'],
    ['Wrong secret', '401', 'Invalid secret', 'WWW-Authenticate: Basic', 'is not the one of the client'],
    ['Scope not allowed', '403', 'Scope not allowed', '"scope": "memory:read"', 'may not have this scope'],
    ['No token', '401', 'No authorization header', 'WWW-Authenticate: Bearer', 'no Authorization header'],
  ]) {
    await page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
    for (const part of parts) await says(page, '#outcome', new RegExp(part.replace(/[!.?]/g, '\\$&')))
    assert.equal(await page.locator('#outcome .why.warn').count(), 0, name)
  }
}

async function judged(page) {
  await page.getByRole('button', { name: 'Right secret' }).click()
  await page.getByRole('button', { name: 'Judge this token' }).click()
  await says(page, '#verdict', /PASS.*no check failed[\s\S]*hacker-client[\s\S]*signature\s+PASS/)
  const token = await page.getByLabel('Token', { exact: true }).inputValue()
  const judge = async (text, what) => {
    await page.getByLabel('Token', { exact: true }).fill(text)
    await page.getByRole('button', { name: 'Judge', exact: true }).click()
    await says(page, '#verdict', what)
  }
  await judge(`curl -H 'Authorization: Bearer ${token}'`, /PASS/)
  await judge(token.replace(/\.[^.]*$/, '.AAAA'), /FAIL: this server refuses the token: signature/)
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  await judge(`${part({ alg: 'none', [ATTACK]: ATTACK })}.${part({ sub: ATTACK, exp: 2e12 })}.`, /FAIL[\s\S]*<img src=x/)
  assert.equal(await page.locator('#verdict img').count(), 0)
  await judge('opaque', /UNREADABLE/)
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Send to' }).click()
  await says(page, '#verdict', /200 OK[\s\S]*Access granted/)
  return { token, judge }
}

async function listed(page, url) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: ATTACK, client_secret: 'x' })
  await fetch(`${url}/oauth/token`, { method: 'POST', body })
  await says(page, '#log', /401\s+refused\s+POST \/oauth\/token\s+.*<img src=x/)
  assert.equal(await page.locator('#log img').count(), 0)
  await page.getByRole('button', { name: 'Pause' }).click()
  await fetch(`${url}/health`)
  await page.getByRole('button', { name: 'Pause' }).click()
  await says(page, '#log li:first-child', /200\s+answered\s+GET \/health/)
}

async function broken(page) {
  await page.getByLabel('Endpoint', { exact: true }).selectOption('token')
  await page.getByLabel('Goes wrong').selectOption({ label: '503, try again in 3 seconds' })
  await page.getByRole('button', { name: 'Set fault' }).click()
  await says(page, '#bench-result', /fault on token is set/)
  await says(page, '#faults', /token 1 times[\s\S]*"status":503/)
  await page.getByRole('button', { name: 'Right secret' }).click()
  await says(page, '#outcome', /503[\s\S]*Retry-After: 3[\s\S]*Expected 200/)
  await says(page, '#log', /fault: .*status 503/)
  await page.getByLabel('Rule, as').fill('{"on":"token","times":1,"body":"gzip-bomb"}')
  await page.getByRole('button', { name: 'Set fault' }).click()
  await says(page, '#faults', /gzip-bomb/)
  await page.getByRole('button', { name: 'Right secret' }).click()
  await says(page, '#outcome', /200 OK[\s\S]*Expected 200 with JSON/)
  await says(page, '#faults', /No fault is set/)
  await page.getByLabel('Rule, as').fill('{"on":"tokn"}')
  await page.getByRole('button', { name: 'Set fault' }).click()
  await says(page, '#bench-result.bad', /tokn/)
}

async function later(page, { token, judge }) {
  await page.getByRole('button', { name: '+61 minutes' }).click()
  await says(page, '#bench-clock', /01:01:0\d ahead/)
  await judge(token, /FAIL: this server refuses the token: exp/)
  await page.getByRole('button', { name: 'As this machine' }).click()
  await says(page, '#bench-clock', /Z, as this machine$/)
}

// The demo under test, at a desk.
mkdirSync(SCREENSHOTS, { recursive: true })
const url = await heistctl('--test', '--demo')
const desk = await open(url, { viewport: { width: 1360, height: 900 }, colorScheme: 'light' })
await cases(desk.page)
const token = await judged(desk.page)
await listed(desk.page, url)
await broken(desk.page)
await later(desk.page, token)
await token.judge(token.token, /PASS/)
await desk.page.getByRole('button', { name: 'Right secret' }).click()
await isAccessible(desk.page, 'light')
await closed(desk)

for (const [name, options] of [
  ['dark', { viewport: { width: 1360, height: 900 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true }],
  ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', isMobile: true, hasTouch: true }],
]) {
  const visit = await open(url, options)
  await isAccessible(visit.page, `${name}-first`)
  await visit.page.getByRole('button', { name: 'Right secret' }).click()
  await visit.page.getByRole('button', { name: 'Judge this token' }).click()
  await says(visit.page, '#verdict', /PASS/)
  await isAccessible(visit.page, name)
  await closed(visit)
}

// A configuration: no secret is known here, and the keys can be rotated.
writeFileSync('page.toml', '[[client]]\nid = "app"\nsecret_env = "APP"\nscopes = ["a", "b"]\n')
const own = await open(await heistctl('--test', '--config', 'page.toml'), { viewport: { width: 1360, height: 900 } })
assert.equal(await own.page.getByLabel('Secret', { exact: true }).inputValue(), '')
await own.page.getByLabel('Secret', { exact: true }).fill(SECRET)
await own.page.getByRole('button', { name: 'Right secret' }).click()
await says(own.page, '#outcome', /"client_secret": "•+"[\s\S]*Access granted!/)
assert.ok(!(await own.page.locator('body').innerText()).includes(SECRET))
const [before] = (await own.page.locator('#keys').innerText()).split('\n')
await own.page.getByRole('button', { name: 'drop-old' }).click()
await says(own.page, '#bench-result', /signs at once, the key set has no other/)
await until('the old key is gone', async () => !(await own.page.locator('#keys').innerText()).includes(before))
await isAccessible(own.page, 'configured')
await closed(own)

// The demo alone: there is nothing to control.
const plain = await open(await heistctl('--demo'), { viewport: { width: 1360, height: 900 } })
assert.equal(await plain.page.locator('#bench').isVisible(), false)
await cases(plain.page)
await says(plain.page, '#log', /granted[\s\S]*refused|refused[\s\S]*granted/)
await isAccessible(plain.page, 'demo')
await closed(plain)
console.log('ok the page: Chromium, axe-core')
process.exit(0)
