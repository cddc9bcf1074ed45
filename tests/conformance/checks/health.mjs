// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The probes that need no SOAP (campaign_facts, Endpoints).

import { assert, check, clientOf, connect, having, now } from '../harness.mjs';

const HERE = 'health';

check('the redirection server answers to anybody', async () => {
  const client = await clientOf(HERE, 'ofAnonymousUser', { noStorage: true });
  await client.logon();
  const status = await client.test();
  assert.equal(status.status, 'OK');
  assert.equal(status.build, '9396');
  assert.equal(status.version, '7.4.3');
  assert.equal(status.instance, HERE);
  assert.equal(status.sourceIP, '127.0.0.1');
  assert.match(status.date, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d$/);
  assert.equal(new Date(status.date).getTime(), (await now()).getTime());
});

check('without debugging the redirection server tells little', async () => {
  const client = await connect(HERE);
  await having(HERE, { zone: { allow_debug: false } }, { zone: {} }, async () => {
    assert.deepEqual(Object.keys(await client.test()).sort(), ['date', 'sourceIP', 'status']);
  });
});

check('the ping tells the time of the database', async () => {
  const client = await connect(HERE);
  const status = await client.ping();
  assert.equal(status.status, 'OK');
  assert.equal(new Date(status.timestamp).getTime(), (await now()).getTime());
});

check('the ping is for sessions only', async () => {
  const client = await connect(HERE);
  await client.logoff();
  const status = await client.ping(); // the SDK follows the redirection and takes the logon page for the answer
  assert.match(status.status, /^<html>/);
});

check('the ping of Message Center tells how long its queue is', async () => {
  const client = await connect(HERE);
  const status = await client.mcPing();
  assert.deepEqual([status.status, status.eventQueueSize, status.eventQueueMaxSize], ['Ok', '0', '400']);
  assert.equal(new Date(status.timestamp).getTime(), (await now()).getTime());
  await having(HERE, { pending_events: 7 }, { pending_events: 0 }, async () => {
    assert.equal((await client.mcPing()).eventQueueSize, '7');
  });
});

check('the ping of Message Center tells of a full queue', async () => {
  const client = await connect(HERE);
  await having(HERE, { pending_events: 400 }, { pending_events: 0 }, async () => {
    const status = await client.mcPing();
    assert.equal(status.status, 'Error');
    assert.equal(status.error, 'The queue is full (400/400)');
    assert.deepEqual([status.eventQueueSize, status.eventQueueMaxSize], ['400', '400']);
  });
});

check('the probes use every representation', async () => {
  const client = await connect(HERE, undefined, { representation: 'xml' });
  assert.equal((await client.test()).documentElement.getAttribute('status'), 'OK');
  assert.equal((await client.ping()).documentElement.getAttribute('status'), 'OK');
  assert.equal((await client.mcPing()).documentElement.getAttribute('status'), 'Ok');
});
