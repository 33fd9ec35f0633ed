'use strict';

/* The page asks nobody but its own server. Foreign text is only ever set as text. */

/** The description of the server, from /_page/facts. */
let facts;

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

/** Longer answers are cut: a fault can make them endless. */
const LIMIT = 4 * 1024 * 1024;
const PATIENCE = 30_000;

async function limited(answer) {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > LIMIT) {
      await reader.cancel();
      break;
    }
  }
  return text;
}

/** Sends a request and returns what came: `status` is 0 if nothing did. */
async function send(method, path, headers = {}, body = undefined) {
  try {
    const answer = await fetch(path, {
      method, headers, body, cache: 'no-store', credentials: 'omit', redirect: 'manual', referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.type === 'opaqueredirect') return { status: 0, text: '', problem: 'a redirect, which is not followed' };
    return { status: answer.status, phrase: answer.statusText, headers: answer.headers, text: await limited(answer) };
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
