/* The controls of a server under test. */

/** Changes something, and tells how that went. */
async function change(path, value, done) {
  const answer = await post(path, value);
  const isDone = answer.status === 200;
  $('bench-result').textContent = isDone ? done(json(answer)) : problem(answer);
  $('bench-result').classList.toggle('bad', !isDone);
  poll();
}

/** The faults to choose from, in groups: words, and members of the rule. */
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
  for (const { name, meaning } of facts.rotates ? facts.rotations : []) {
    const button = el('button', { type: 'button' }, el('strong', {}, name), el('span', {}, meaning));
    button.addEventListener('click', () => change('/_test/keys', { rotate: name }, (made) => `${made.kid}: ${made.meaning}.`));
    $('rotations').append(button);
  }
}
