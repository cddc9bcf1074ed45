// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What every check needs: Adobe's SDK as npm delivers it, clients of the simulated instances, and the simulator's
// control endpoints. A check counts the requests that the SDK says it sends; the ledger must hold exactly those.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { CONFORMANCE_SDK, CONFORMANCE_SIMULATOR } = process.env;
const CHECK_LIMIT = 120_000; // real milliseconds
const CALL_LIMIT = 30_000; // the SDK's own limit of 5 s is short for a machine on which other suites run

export const sdk = createRequire(`${CONFORMANCE_SDK}/package.json`)('@adobe/acc-js-sdk');
export const OPS = { user: 'ops', password: 'ops-secret' };
export const RUNNER = { user: 'runner', password: 'runner-secret' };
export const BEARER = 'ims-token-of-robot';

// -- the simulator's side

export async function control(method, path, body) {
  const answer = await fetch(`${CONFORMANCE_SIMULATOR}/_simulator/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

export const urlOf = (instance) => `${CONFORMANCE_SIMULATOR}/${instance}`;
export const advance = (time) => control('POST', 'clock', { advance: time });
export const now = async () => new Date((await control('GET', 'clock')).now);
export const change = (instance, changes) => control('POST', `instances/${instance}`, changes);
export const stateOf = async (instance) => (await control('GET', `state?instance=${instance}`)).instances[instance];
export const workflowOf = async (instance, name) => (await stateOf(instance)).workflows[name];
export const optionOf = async (instance, name) => (await stateOf(instance)).options[name];
export const journalOf = async (instance, workflow) =>
  (await control('GET', `journal?instance=${instance}&workflow=${workflow}`)).lines.reverse();

/** What reached the simulator since a mark: the ledger's entries, internal traffic left out. */
export const ledgerSince = async (mark) => (await control('GET', `ledger?since=${mark}&origin=external`)).calls;
export const ledgerMark = async () => (await control('GET', `ledger?since=${1e14}`)).last;

/** Do something with switches (or other properties of an instance) changed, and put them back. */
export async function having(instance, changes, back, action) {
  await change(instance, changes);
  try {
    return await action();
  } finally {
    await change(instance, back);
  }
}

// -- the SDK's side

let sent;
const observer = {
  event({ eventName }) {
    if (eventName === 'SOAP//request') sent.soap += 1;
    if (eventName === 'HTTP//request') sent.pages += 1;
  },
};
let clients = [];

/** A client that is not logged on yet. `make` is the name of a method of sdk.ConnectionParameters. */
export async function clientOf(instance, make, ...credentials) {
  return clientWith(sdk.ConnectionParameters[make](urlOf(instance), ...credentials));
}

/** A client with these connection parameters. */
export async function clientWith(parameters) {
  parameters._options.timeout ??= CALL_LIMIT;
  const client = await sdk.init(parameters);
  client.registerObserver(observer);
  clients.push(client);
  return client;
}

/** A client that has logged on with a password. It is logged off at the end of the check. */
export async function connect(instance, { user, password } = OPS, options = {}) {
  const client = await clientOf(instance, 'ofUserAndPassword', user, password, { noStorage: true, ...options });
  await client.logon();
  return client;
}

/** The rows of a select, the SDK's way. */
export async function select(client, query) {
  const answer = await client.NLWS.xtkQueryDef.create({ operation: 'select', ...query }).executeQuery();
  return answer[query.schema.split(':')[1]];
}

/** A query's parts in the form that the SDK expects. */
export const nodes = (...expressions) => ({ node: expressions.map((expr) => ({ expr })) });
export const where = (...expressions) => ({ condition: expressions.map((expr) => ({ expr })) });

/** Assert that the SDK throws its own exception with these properties; regular expressions match texts. */
export async function refused(promise, expected) {
  const error = await promise.then(
    (value) => assert.fail(`answered ${JSON.stringify(value)} instead of failing`),
    (reason) => reason,
  );
  if (error.name !== 'CampaignException') throw error;
  for (const [name, value] of Object.entries(expected)) {
    if (value instanceof RegExp) assert.match(String(error[name]), value);
    else assert.equal(error[name], value, `${name} of: ${error.message} | ${error.detail}`);
  }
  return error;
}

export const SESSION_EXPIRED = { statusCode: 401, errorCode: 'SDK-000012' };

/** A failed execution: SOP-330011 as a fault, with the cause in its detail. */
export const failed = (promise, detail) =>
  refused(promise, { statusCode: 500, faultCode: 'SOAP-ENV:Server', errorCode: 'SOP-330011', detail });

/**
 * One check. Fails, too, when the SDK sent nothing, when a request that it sent is not in the ledger, or when another
 * one is. Names stand in the source as plain texts: the Python side reads them there.
 */
export function check(name, body) {
  test(name, { timeout: CHECK_LIMIT }, async (t) => {
    sent = { soap: 0, pages: 0 };
    clients = [];
    const mark = await ledgerMark();
    try {
      await body();
    } finally {
      for (const client of clients) {
        if (client.isLogged()) await Promise.resolve(client.logoff()).catch(() => {});
      }
      t.diagnostic(JSON.stringify({ sent: name, ...sent }));
    }
    assert.ok(sent.soap + sent.pages > 0, 'the SDK sent nothing: the check shows nothing');
    assert.equal((await ledgerSince(mark)).length, sent.soap, "the ledger does not hold what the SDK sent");
  });
}

export { assert };
