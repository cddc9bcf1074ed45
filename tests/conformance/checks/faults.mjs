// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Answers that are none: what a gateway, a broken line or a slow server make of a call (campaign_facts, Failures and
// Timeouts).

import { OPS, SESSION_EXPIRED, assert, check, connect, control, failed, optionOf, refused } from '../harness.mjs';

const HERE = 'faults';

/** Do something while a fault is injected into the calls of this instance. */
async function injected(kind, rule, action) {
  const { id } = await control('POST', 'faults', { kind, instance: HERE, ...rule });
  try {
    return await action();
  } finally {
    await control('DELETE', `faults?id=${id}`);
  }
}

check('pages of a gateway are errors with their status', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  for (const status of [502, 503, 504]) {
    await injected('status', { status }, () => refused(client.NLWS.xtkSession.testCnx(), { statusCode: status }));
  }
  await client.NLWS.xtkSession.testCnx();
});

check('a connection that breaks is an error, and the next call works', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  await injected('reset', {}, () => refused(client.NLWS.xtkSession.testCnx(), { statusCode: 500, faultString: /Error/ }));
  // An answer that breaks off is an error, too, although the SDK gives it the status of its headers.
  await injected('truncate', { size: 80 }, () => refused(client.NLWS.xtkSession.testCnx(), { statusCode: 200 }));
  await client.NLWS.xtkSession.testCnx();
});

check('an answer that is lost leaves the write done: a timeout says nothing of it', async () => {
  const client = await connect(HERE);
  await client.getOption('lost');
  await injected('lose_answer', { method: '*#Write' }, () =>
    refused(client.setOption('lost', 'written all the same'), { statusCode: 500 }));
  assert.equal((await optionOf(HERE, 'lost')).value, 'written all the same');
});

check('a server that is too slow is given up on', async () => {
  const client = await connect(HERE, OPS, { timeout: 300 });
  await client.NLWS.xtkSession.testCnx();
  await injected('delay', { seconds: 1 }, () =>
    refused(client.NLWS.xtkSession.testCnx(), { statusCode: 500, faultString: /timeout of 300ms exceeded/ }));
});

check('an answer that stops in the middle is no answer', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  await injected('garble', { size: 120 }, () => refused(client.NLWS.xtkSession.testCnx(), { statusCode: 500 }));
});

check('a deadlock of the database is a fault with the words of the database', async () => {
  const client = await connect(HERE);
  await injected('deadlock', { method: '*#Write' }, () =>
    failed(client.setOption('deadlocked', 'x'), /PGS-220000[^\n]*deadlock detected/));
  assert.equal(await optionOf(HERE, 'deadlocked'), undefined);
});

check('an expired session in the middle of work is understood', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  await injected('expired', {}, () => refused(client.NLWS.xtkSession.testCnx(), SESSION_EXPIRED));
  await client.NLWS.xtkSession.testCnx();
});
