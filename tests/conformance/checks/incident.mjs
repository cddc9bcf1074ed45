// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The incident of KA-17742, seen and cured with nothing but Adobe's own client (campaign_facts, The incident and
// Remediation).

import { advance, assert, check, connect, nodes, now, optionOf, select, where, workflowOf } from '../harness.mjs';

const HERE = 'stuck';
const WORKFLOW = 'defaultMidSourcingDlv';
const CURSOR = 'NmsMidSourcing_LastDelivery_defaultEmailMid';
const wire = (date) => date.toISOString().replace('T', ' ');

const workflowRow = async (client) =>
  (await select(client, {
    schema: 'xtk:workflow', where: where(`@internalName = '${WORKFLOW}'`),
    select: nodes('@id', '@state', '@failed', '@processId', '@nextProcessingDate'),
  }))[0];

check('a cursor that lies years back keeps the workflow failing, whatever it is told', async () => {
  const client = await connect(HERE);
  const before = await client.getOption(CURSOR);
  assert.ok((await now()).getTime() - before.getTime() > 365 * 86_400_000);
  for (const order of ['start', 'restart']) {
    await client.NLWS.xtkWorkflow[order](WORKFLOW);
    await advance('1m');
    await client.NLWS.xtkWorkflow.wakeup(WORKFLOW);
    await advance('15m');
    const row = await workflowRow(client);
    assert.deepEqual([row.state, row.failed], ['13', '1']);
  }
  const [line] = await select(client, {
    schema: 'xtk:workflowLog', lineCount: 1, select: nodes('@id', '@error', '@activity'),
    where: where(`[workflow/@internalName] = '${WORKFLOW}'`, "@error <> ''"),
    orderBy: { node: [{ expr: '@id', sortDesc: true }] },
  });
  assert.match(line.error, /timed out/);
  assert.equal((await client.getOption(CURSOR, false)).getTime(), before.getTime());
});

check('a cursor that is moved by an update lets the next run succeed and move it by itself', async () => {
  const client = await connect(HERE);
  const recent = new Date((await client.NLWS.xtkSession.getServerTime()).getTime() - 86_400_000);
  await client.NLWS.xtkWorkflow.stop(WORKFLOW);
  await advance('1m');
  await client.NLWS.xtkSession.write({
    xtkschema: 'xtk:option', _operation: 'update', _key: '@name', name: CURSOR, dataType: 7,
    timeStampValue: wire(recent),
  });
  assert.equal((await client.getOption(CURSOR, false)).getTime(), recent.getTime());
  await client.NLWS.xtkWorkflow.start(WORKFLOW);
  await advance('1m');
  await client.NLWS.xtkWorkflow.wakeup(WORKFLOW);
  await advance('5m');
  const moved = await client.getOption(CURSOR, false);
  assert.ok(moved.getTime() > recent.getTime() + 86_000_000);
  await advance('10m');
  assert.ok((await client.getOption(CURSOR, false)).getTime() > moved.getTime());
  const row = await workflowRow(client);
  assert.deepEqual([row.state, row.failed, row.processId], ['11', '0', '0']);
});

check('a cursor that the SDK\'s setOption has blanked means everything, and the run fails again', async () => {
  const client = await connect(HERE);
  await client.setOption(CURSOR, await now());
  assert.equal((await optionOf(HERE, CURSOR)).value, null);
  await client.NLWS.xtkWorkflow.wakeup(WORKFLOW);
  await advance('15m');
  const { state, failed } = await workflowOf(HERE, WORKFLOW);
  assert.deepEqual([state, Boolean(failed)], [13, true]);
});
