/* The facts, the requests as they come, and the start. */

/** The most requests in the list. */
const MOST = 100;
/** Milliseconds from one question to the next. */
const EVERY = 1000;

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
  $('bench-clock').textContent = `${time}, ${where}${speed}`;
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

function showFacts() {
  const { demo, test, version } = facts;
  $('mode').replaceChildren(...[demo && 'demo', test && 'test'].filter(Boolean).map((name) => el('span', { class: 'tag' }, name)));
  const warnings = [demo && 'Demo: the secrets and the signing key are public. Never use them elsewhere.',
    test && 'Test: every process of this machine controls clock, keys and faults.'];
  $('warnings').replaceChildren(...warnings.filter(Boolean).map((text) => el('li', {}, text)));
  const rows = [['issuer', facts.issuer], ['signature', facts.signing], ['token lifetime', `${facts.lifetime} s`],
    ['version', version]].map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  const clock = el('div', {}, el('dt', {}, 'clock'), el('dd', { id: 'fact-clock' }, '…'));
  $('facts').replaceChildren(...rows, clock);
  $('base-url').textContent = facts.url;
  const place = (path) => (path.startsWith('/.well-known/') ? el('a', { href: path }, path) : path);
  const endpoint = ({ method, path, summary }) => el('li', {}, el('code', {}, `${method} `, place(path)), el('span', { class: 'aside' }, summary));
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
