'use strict';

/* The page asks nobody but its own server. Foreign text is only ever set as text. */

const RESOURCE = '/protected-resource';
const TOKEN = '/oauth/token';
const MOST = 100;
const EVERY = 1000;

const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

/** A number that JavaScript would write in another way. */
class Written {
  constructor(source) { this.source = source; }
}

function parsed(text) {
  return JSON.parse(text, (key, value, context) => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && String(value) !== source ? new Written(source) : value;
  });
}

function shown(value) {
  if (typeof value === 'string') return value;
  if (value instanceof Written) return value.source;
  return JSON.stringify(value, (key, inner) => (inner instanceof Written ? inner.source : inner));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
  }
}

/* --- requests ------------------------------------------------------------------------------------------- */

/** Sends a request and returns what came: `status` is 0 if nothing did. */
async function send(method, path, headers = {}, body = undefined) {
  try {
    const answer = await fetch(path, {
      method, headers, body, cache: 'no-store', credentials: 'omit', redirect: 'manual', referrerPolicy: 'no-referrer',
    });
    if (answer.type === 'opaqueredirect') return { status: 0, text: '', problem: 'a redirect, which is not followed' };
    return { status: answer.status, phrase: answer.statusText, headers: answer.headers, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: '', problem: `no complete answer: ${error.message}` };
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const post = (path, value) => send('POST', path, JSON_TYPE, JSON.stringify(value));

function json(answer) {
  try {
    return parsed(answer.text);
  } catch {
    return undefined;
  }
}

/** The problem of an answer that is not 2xx, in the server's words. */
function problem(answer) {
  if (answer.status === 0) return answer.problem;
  return json(answer)?.error_description ?? `status ${answer.status}`;
}

/* --- the four cases ------------------------------------------------------------------------------------- */

let facts;

const chosen = () => ({ id: $('client-id').value.trim(), secret: $('client-secret').value, scope: $('client-scope').value.trim() });

/** A scope that the client does not have: another client's, if there is one. */
function foreignScope(id) {
  const own = new Set((facts.clients.find((client) => client.id === id)?.scopes ?? '').split(' '));
  const others = facts.clients.flatMap((client) => client.scopes.split(' '));
  return others.find((scope) => scope !== '' && !own.has(scope)) ?? 'not:allowed';
}

const CASES = {
  good: {
    async run() {
      const { id, secret, scope } = chosen();
      const answer = await askToken(id, secret, scope, 200, 'The secret is right and the client may have the scope, so it gets a token.');
      const token = json(answer)?.access_token;
      if (typeof token !== 'string') return;
      await askResource(token, 200, 'Signature, issuer and time of the token are right, so the resource tells the client and its scope.');
    },
  },
  secret: {
    run: () => askToken(chosen().id, 'wrong', chosen().scope, 401,
      'The secret is not the one of the client, so there is no token. Wrong secrets are throttled: the answer may take a moment.'),
  },
  scope: {
    run: () => askToken(chosen().id, chosen().secret, foreignScope(chosen().id), 403,
      'The secret is right, but the client may not have this scope, so there is no token. A form gets 400 invalid_scope (RFC 6749 section 5.2), JSON gets 403.'),
  },
  none: {
    run: () => askResource(undefined, 401,
      'There is no Authorization header. WWW-Authenticate tells the caller that a bearer token is needed (RFC 6750 section 3).'),
  },
};

async function askToken(id, secret, scope, expected, why) {
  const body = { client_id: id, client_secret: secret, ...(scope === '' ? {} : { scope }) };
  const isPublic = secret === 'wrong' || facts.clients.some((client) => client.id === id && client.secret === secret);
  const seen = { ...body, client_secret: isPublic ? secret : '••••••' };
  const answer = await post(TOKEN, body);
  step(`POST ${TOKEN}\nContent-Type: application/json\n\n${JSON.stringify(seen, null, 2)}`, answer, expected, why);
  return answer;
}

async function askResource(token, expected, why) {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await send('GET', RESOURCE, headers);
  const field = token === undefined ? '' : `\nAuthorization: Bearer ${token}`;
  step(`GET ${RESOURCE}${field}`, answer, expected, why);
  return answer;
}

/** Shows a request and its answer. Without an expected status, the answer speaks for itself. */
function step(request, answer, expected, why) {
  const fields = ['WWW-Authenticate', 'Retry-After', 'Content-Type'].map((name) => [name, answer.headers?.get(name)]);
  const head = fields.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join('\n');
  const line = answer.status === 0 ? answer.problem : `${answer.status} ${answer.phrase}`;
  const text = answer.status === 0 ? line : `${line}\n${head}\n\n${pretty(answer.text)}`;
  const isExpected = answer.status === expected;
  const cause = isExpected ? why : `Expected ${expected}: ${problem(answer)}.${facts.test ? ' Is a fault set?' : ''}`;
  const kind = isExpected ? (expected < 300 ? 'good' : 'bad') : 'warn';
  const token = json(answer)?.access_token;
  const made = el('div', { class: 'step' },
    el('h3', {}, `${request.split('\n')[0]}: ${line}`),
    el('div', { class: 'exchange' },
      el('div', {}, el('h4', {}, 'Request'), el('pre', {}, request)),
      el('div', {}, el('h4', {}, 'Answer'), el('pre', {}, text))),
    el('p', { class: `why ${kind}` }, cause));
  if (typeof token === 'string') {
    const judge = el('button', { type: 'button' }, 'Judge this token');
    judge.addEventListener('click', () => {
      $('token-text').value = token;
      $('token').scrollIntoView();
      judgeToken();
    });
    made.append(el('p', { class: 'actions' }, judge));
  }
  $('outcome').append(made);
}

async function runCase(button) {
  const buttons = [...document.querySelectorAll('[data-case]')];
  buttons.forEach((other) => { other.disabled = true; other.removeAttribute('aria-current'); });
  button.setAttribute('aria-current', 'true');
  $('outcome').replaceChildren();
  try {
    await CASES[button.dataset.case].run();
  } finally {
    buttons.forEach((other) => { other.disabled = false; });
    button.focus({ preventScroll: true });
  }
  poll();
}

/** Fills in the public secret and the scope of a client. */
function choose(id) {
  const client = facts.clients.find((known) => known.id === id);
  if (client === undefined) return;
  $('client-secret').value = client.secret ?? '';
  $('client-scope').value = client.scopes.split(' ')[0];
}

/* --- a token -------------------------------------------------------------------------------------------- */

const VERDICTS = {
  pass: ['PASS', 'the signature is verified and no check failed'],
  unverified: ['UNVERIFIED', 'no check failed, but this server has no key for the signature'],
  fail: ['FAIL', 'this server refuses the token'],
  unreadable: ['UNREADABLE', 'this is not a token that can be read here'],
};
const TIMES = ['exp', 'iat', 'nbf', 'auth_time'];

function pairs(object, withTimes) {
  const list = el('dl', { class: 'pairs' });
  for (const [name, value] of Object.entries(object)) {
    const date = withTimes && TIMES.includes(name) && typeof value === 'number' ? new Date(value * 1000) : undefined;
    const time = date && !Number.isNaN(date.getTime()) ? el('small', {}, date.toISOString().replace('.000', '')) : undefined;
    list.append(el('dt', {}, name), el('dd', {}, shown(value), time));
  }
  return list;
}

function check({ name, status, message }) {
  const kind = status === 'skip' ? 'skip-word' : status;
  return el('li', {}, el('span', { class: 'name' }, name), el('span', { class: `word ${kind}` }, status.toUpperCase()),
    el('span', { class: 'message' }, message));
}

async function judgeToken() {
  const answer = await post('/_page/inspect', { token: $('token-text').value });
  const report = json(answer);
  if (answer.status !== 200 || report === undefined) {
    $('verdict').replaceChildren(el('p', { class: 'judgement fail' }, problem(answer)));
    return;
  }
  const failed = report.checks.filter((one) => one.status === 'fail').map((one) => one.name);
  const [word, meaning] = VERDICTS[report.verdict];
  const about = report.verdict === 'fail' ? `${meaning}: ${failed.join(', ')}` : meaning;
  const part = (title, object, withTimes) => (Object.keys(object).length === 0 ? undefined
    : el('div', {}, el('h3', {}, title), pairs(object, withTimes)));
  $('verdict').replaceChildren(
    el('p', { class: `judgement ${report.verdict}` }, el('strong', {}, word), `: ${about}`),
    el('div', { class: 'columns' }, part('Claims', report.claims, true), part('Header', report.header, false)),
    el('h3', {}, 'Checks'),
    el('ul', { class: 'checks' }, ...report.checks.map(check)),
    el('p', { class: 'hint' }, 'Fingerprint ', el('code', {}, report.fingerprint), '. The same as heistctl inspect --json says.'));
}

async function sendToken() {
  const token = $('token-text').value.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(token)) {
    $('verdict').replaceChildren(el('p', { class: 'judgement unverified' }, 'Paste a token first: one word without blanks.'));
    return;
  }
  const answer = await send('GET', RESOURCE, { Authorization: `Bearer ${token}` });
  const isGranted = answer.status === 200;
  const line = answer.status === 0 ? answer.problem : `${answer.status} ${answer.phrase}`;
  $('verdict').replaceChildren(
    el('p', { class: `judgement ${isGranted ? 'pass' : 'fail'}` }, el('strong', {}, line), `: ${isGranted ? 'the resource is open' : problem(answer)}`),
    el('pre', {}, pretty(answer.text)));
  poll();
}

/* --- what happens --------------------------------------------------------------------------------------- */

let last = 0;
let paused = false;
let timer;
let polling = false;

function entry(request) {
  const { time, status, verdict, method, path, client, auth, scope, reason, fault } = request;
  const who = [client, auth === 'none' ? undefined : auth].filter(Boolean).join(', ');
  const more = [who, scope, reason].filter(Boolean).join(' · ');
  return el('li', { class: 'new' },
    el('time', { class: 'when', datetime: time }, time.slice(11, 19)),
    el('span', { class: 'status' }, String(status)),
    el('span', { class: `word ${verdict}` }, verdict),
    el('span', { class: 'what' }, `${method} ${path}`),
    more === '' ? undefined : el('span', { class: 'more' }, more),
    fault === undefined ? undefined : el('span', { class: 'more fault' }, `fault: ${fault}`));
}

function listRequests(state) {
  const log = $('log');
  if (state.requests.length === 0) return;
  state.requests.forEach((request) => log.prepend(entry(request)));
  while (log.children.length > MOST) log.lastElementChild.remove();
  const newest = state.requests[state.requests.length - 1];
  const news = state.requests.length === 1 ? `${newest.method} ${newest.path}: ${newest.status} ${newest.verdict}`
    : `${state.requests.length} new requests`;
  $('requests-news').textContent = news;
}

function listFaults(faults) {
  const rule = ({ on, client, times, skip, ...fault }) => {
    const limits = [client && `client ${client}`, skip && `after ${skip}`, times === undefined ? 'always' : `${times} times`];
    return el('li', {}, el('span', {}, el('code', {}, on), ` ${limits.filter(Boolean).join(', ')}`),
      el('code', { class: 'aside' }, JSON.stringify(fault)));
  };
  const none = el('li', {}, el('span', { class: 'aside' }, 'No fault is set.'));
  $('faults').replaceChildren(...(faults.length === 0 ? [none] : faults.map(rule)));
}

function listKeys(keys) {
  const key = ({ kid, signs, published }) => {
    const says = [signs ? 'signs' : 'verifies', published ? 'in the key set' : 'not in the key set yet'];
    return el('li', {}, el('code', {}, kid), el('span', { class: 'aside' }, says.join(', ')));
  };
  $('keys').replaceChildren(...keys.map(key));
}

function tellClock({ time, offset, rate }) {
  const speed = rate === 1 ? '' : rate === 0 ? ', stopped' : `, ${rate} times as fast`;
  const days = Math.trunc(Math.abs(offset) / 86400);
  const apart = `${days > 0 ? `${days}d ` : ''}${new Date((Math.abs(offset) % 86400) * 1000).toISOString().slice(11, 19)}`;
  const where = offset === 0 ? 'as this machine' : `${apart} ${offset > 0 ? 'ahead' : 'behind'}`;
  $('fact-clock').textContent = time;
  $('bench-clock').textContent = `${time}  ${where}${speed}`;
}

function connection(text, isLost) {
  const place = $('connection');
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle('lost', isLost);
}

/** Asks for what is new, and again in a second. A page that nobody sees does not ask. */
async function poll() {
  clearTimeout(timer);
  if (polling || paused || document.hidden) return;
  polling = true;
  const answer = await send('GET', `/_page/state?after=${last}`);
  polling = false;
  timer = setTimeout(poll, EVERY);
  const state = answer.status === 200 ? json(answer) : undefined;
  if (state === undefined) {
    connection(answer.status === 0 ? 'The server does not answer. Trying again…' : problem(answer), true);
    return;
  }
  connection('connected', false);
  if (state.last < last) {
    // It was reset or restarted.
    last = 0;
    $('log').replaceChildren();
    poll();
    return;
  }
  last = state.last;
  listRequests(state);
  $('log-empty').hidden = $('log').children.length > 0;
  tellClock(state.clock);
  if (facts.test) {
    listFaults(state.faults);
    listKeys(state.keys);
  }
}

/* --- the test bench ------------------------------------------------------------------------------------- */

/** Changes something, and tells how that went. */
async function change(path, value, done) {
  const answer = await post(path, value);
  const isDone = answer.status === 200;
  $('bench-result').textContent = isDone ? done(json(answer)) : problem(answer);
  $('bench-result').classList.toggle('bad', !isDone);
  poll();
}

/** What can go wrong, in groups: words, and members of the rule. */
function effects() {
  const named = (member) => (name) => [name, { [member]: name }];
  return [
    ['Answer', [
      ['503, try again in 3 seconds', { status: 503, retry_after: 3 }],
      ['500', { status: 500 }],
      ['429, try again in 3 seconds', { status: 429, retry_after: 3 }],
      ['400 invalid_scope', { status: 400, error: 'invalid_scope' }],
      ['another DPoP nonce, each time', { nonce: true }],
      ['a redirect', { redirect: `${location.origin}/elsewhere` }],
    ]],
    ['Connection', [
      ['2 seconds late', { delay: 2000 }],
      ['byte by byte', { drip: 250 }],
      ['closed before the head', { close_after: 0 }],
      ['reset after 100 bytes', { reset_after: 100 }],
    ]],
    ['Members', [
      ['expires_in is a text', { set: { expires_in: '3600' } }],
      ['expires_in is missing', { omit: ['expires_in'] }],
      ['token_type is MAC', { set: { token_type: 'MAC' } }],
      ['another issuer in the metadata', { set: { issuer: `${location.origin}/other` } }],
    ]],
    ['Token', facts.flaws.map(({ name, meaning }) => [`${name}: ${meaning}`, { token: name }])],
    ['Key set', facts.key_sets.map(named('keys'))],
    ['Body', facts.bodies.map(named('body'))],
  ];
}

function writeRule(fault) {
  const times = $('fault-times').valueAsNumber;
  const client = $('fault-client').value.trim();
  $('fault-rule').value = JSON.stringify({
    on: $('fault-on').value, ...(client === '' ? {} : { client }), ...(Number.isNaN(times) ? {} : { times }), ...fault,
  });
}

function setUpFaults() {
  const faults = [];
  for (const [group, list] of effects()) {
    const options = list.map(([words, fault]) => el('option', { value: String(faults.push(fault) - 1) }, words));
    $('fault-what').append(el('optgroup', { label: group }, ...options));
  }
  $('fault-on').append(...facts.targets.map((name) => el('option', {}, name)));
  const write = () => writeRule(faults[Number($('fault-what').value)]);
  for (const id of ['fault-on', 'fault-what', 'fault-times', 'fault-client']) $(id).addEventListener('input', write);
  $('fault-times').value = '1';
  write();
  $('fault-form').addEventListener('submit', (event) => {
    event.preventDefault();
    let rule;
    try {
      rule = JSON.parse($('fault-rule').value);
    } catch (error) {
      $('bench-result').textContent = `The rule is not JSON: ${error.message}`;
      $('bench-result').classList.add('bad');
      return;
    }
    change('/_test/faults', rule, () => `The fault on ${rule.on} is set.`);
  });
  $('fault-clear').addEventListener('click', () => change('/_test/faults/clear', {}, () => 'There are no faults.'));
}

function setUpBench() {
  $('bench').hidden = false;
  $('bench-link').hidden = false;
  setUpFaults();
  for (const button of document.querySelectorAll('[data-clock]')) {
    const moved = (clock) => `The clock shows ${clock.time}.`;
    button.addEventListener('click', () => change('/_test/clock', JSON.parse(button.dataset.clock), moved));
  }
  $('clock-form').addEventListener('submit', (event) => {
    event.preventDefault();
    change('/_test/clock', { set: $('clock-set').value.trim() }, (clock) => `The clock shows ${clock.time}.`);
  });
  $('reset').addEventListener('click', () => change('/_test/reset', {}, () => 'All is as it was at the start.'));
  $('keys-hint').textContent = facts.rotates ? 'Rotate the signing key, well or badly:'
    : 'The signing key is fixed, so it cannot be rotated: that needs a configuration without a key in [signing].';
  for (const { name, meaning } of facts.rotations) {
    const button = el('button', { type: 'button', disabled: !facts.rotates, title: meaning }, name);
    button.addEventListener('click', () => change('/_test/keys', { rotate: name }, (made) => `${made.kid}: ${made.meaning}.`));
    $('rotations').append(button);
  }
}

/* --- the start ------------------------------------------------------------------------------------------ */

function showFacts() {
  const { demo, test, version } = facts;
  $('mode').replaceChildren(...[demo && 'demo', test && 'test'].filter(Boolean).map((name) => el('span', { class: 'tag' }, name)));
  const warnings = [demo && 'Demo: the secrets and the signing key are public. Never use them elsewhere.',
    test && 'Test: every process of this machine controls clock, keys and faults.'];
  $('warnings').replaceChildren(...warnings.filter(Boolean).map((text) => el('li', {}, text)));
  const rows = [['issuer', facts.issuer], ['signature', facts.signing], ['tokens live', `${facts.lifetime} s`],
    ['version', version]].map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  const clock = el('div', {}, el('dt', {}, 'clock'), el('dd', { id: 'fact-clock' }, '…'));
  $('facts').replaceChildren(...rows, clock);
  $('base-url').textContent = facts.url;
  const documents = facts.endpoints.map(({ path }) => path).filter((path) => path.startsWith('/.well-known/'));
  for (const path of [...documents, '/openapi.json', '/health']) {
    $('documents').append(el('a', { href: path }, path), ' ');
  }
  const endpoint = ({ method, path, summary }) => el('li', {}, el('code', {}, `${method} ${path}`), el('span', { class: 'aside' }, summary));
  $('endpoint-list').replaceChildren(...facts.endpoints.map(endpoint));
}

function showClients() {
  const client = ({ id, scopes, secret }) => el('li', {}, el('code', {}, id),
    el('span', { class: 'aside' }, scopes, secret === undefined ? undefined : el('span', {}, ', secret ', el('code', {}, secret))));
  const none = el('li', {}, el('span', { class: 'aside' }, 'None, so no tokens are issued.'));
  const rows = facts.clients.length === 0 ? [none] : facts.clients.map(client);
  if (facts.more_clients) rows.push(el('li', {}, el('span', { class: 'aside' }, '… heistctl client list shows all')));
  $('client-list').replaceChildren(...rows);
  $('client-ids').append(...facts.clients.map(({ id }) => el('option', { value: id })));
  if (facts.demo) $('client-secret').type = 'text';
  $('client-id').value = facts.clients[0]?.id ?? '';
  choose($('client-id').value);
}

function listen() {
  for (const button of document.querySelectorAll('[data-case]')) button.addEventListener('click', () => runCase(button));
  $('client-id').addEventListener('change', () => choose($('client-id').value));
  $('client-form').addEventListener('submit', (event) => event.preventDefault());
  $('token-form').addEventListener('submit', (event) => { event.preventDefault(); judgeToken(); });
  $('token-send').addEventListener('click', sendToken);
  $('pause').addEventListener('click', () => {
    paused = !paused;
    $('pause').setAttribute('aria-pressed', String(paused));
    poll();
  });
  document.addEventListener('visibilitychange', poll);
}

async function start() {
  const answer = await send('GET', '/_page/facts');
  if (answer.status !== 200) {
    connection(`${problem(answer)}. Trying again…`, true);
    setTimeout(start, EVERY);
    return;
  }
  facts = json(answer);
  showFacts();
  showClients();
  if (facts.test) setUpBench();
  if (facts.demo && !facts.test) $('requests-hint').textContent = 'Since the page was opened; newest first, at most 100.';
  listen();
  poll();
}

start();
