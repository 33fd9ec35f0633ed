/* The four cases and the judged token. */

const RESOURCE = '/protected-resource';
const TOKEN = '/oauth/token';

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
  const isExpected = answer.status === expected && json(answer) !== undefined;
  const cause = isExpected ? why : `Expected ${expected} with JSON: ${problem(answer)}.${facts.test ? ' Is a fault set?' : ''}`;
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
    el('p', { class: 'hint' }, 'fingerprint ', el('code', {}, report.fingerprint)));
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
