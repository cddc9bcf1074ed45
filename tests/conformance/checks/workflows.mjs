// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The methods of xtk:workflow (campaign_facts, Calls and Workflows).

import {
  RUNNER, advance, assert, check, connect, failed, having, journalOf, nodes, refused, select, stateOf, where,
  workflowOf,
} from '../harness.mjs';

const HERE = 'workflows';
const [EDITION, STARTING, STARTED, PAUSED, STOPPING, STOPPED] = [0, 10, 11, 13, 15, 20];
const MISSING =
  /^The requested database record does not exist\.\nCannot load document of type 'Workflows \(xtk:workflow\)'/;

const stateNow = async (name) => (await workflowOf(HERE, name)).state;
const messages = async (name) => (await journalOf(HERE, name)).map(({ message, error }) => message || error);

/** Bring a workflow into a state through the same client, and let the server take the orders. */
async function bring(client, name, ...orders) {
  for (const order of orders) {
    await client.NLWS.xtkWorkflow[order](name);
    await advance('1m');
  }
}

/** A template of this name, written as any client would. */
async function template(client, name) {
  await client.NLWS.xtkSession.write({
    xtkschema: 'xtk:workflow', _operation: 'insertOrUpdate', _key: '@internalName', internalName: name,
    label: 'A template', isModel: true,
  });
}

check('Start is accepted first and carried out later', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill');
  assert.equal(await client.NLWS.xtkWorkflow.start('plain'), null);
  assert.equal(await stateNow('plain'), STARTING);
  await advance('10s');
  assert.equal(await stateNow('plain'), STARTED);
});

check('a workflow is known by its id as well as by its name', async () => {
  const client = await connect(HERE);
  const { id } = await workflowOf(HERE, 'plain');
  await bring(client, id, 'kill');
  assert.equal(await stateNow('plain'), STOPPED);
  await bring(client, String(id), 'start');
  assert.equal(await stateNow('plain'), STARTED);
});

check('Start of a started workflow does nothing, or faults: the switch says which', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start');
  assert.equal(await client.NLWS.xtkWorkflow.start('plain'), null);
  assert.equal(await stateNow('plain'), STARTED);
  const back = { switches: { order_without_effect: 'accept' } };
  await having(HERE, { switches: { order_without_effect: 'fault' } }, back, () =>
    failed(client.NLWS.xtkWorkflow.start('plain'), /^BAS-010003 Unable to complete operation 'Start'/));
});

check('Stop ends at Finished by way of a stop that is requested', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start');
  assert.equal(await client.NLWS.xtkWorkflow.stop('plain'), null);
  assert.equal(await stateNow('plain'), STOPPING);
  await advance('10s');
  assert.equal(await stateNow('plain'), STOPPED);
});

check('Pause suspends, and Start resumes', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start', 'pause');
  assert.equal(await stateNow('plain'), PAUSED);
  await bring(client, 'plain', 'start');
  assert.equal(await stateNow('plain'), STARTED);
  assert.equal((await messages('plain')).at(-1), 'Workflow resumed.');
});

check('Restart chains stop and start', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start');
  const before = (await workflowOf(HERE, 'plain')).lastStart;
  await bring(client, 'plain', 'restart');
  const after = await workflowOf(HERE, 'plain');
  assert.equal(after.state, STARTED);
  assert.ok(new Date(after.lastStart) > new Date(before));
});

check('Kill finishes at once', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'start');
  assert.equal(await client.NLWS.xtkWorkflow.kill('plain'), null);
  assert.equal(await stateNow('plain'), STOPPED);
});

check('Wakeup runs what is pending now', async () => {
  const client = await connect(HERE);
  await bring(client, 'scheduled', 'kill', 'start');
  assert.equal(await client.NLWS.xtkWorkflow.wakeup('scheduled'), null);
  await advance('4s');
  assert.ok((await workflowOf(HERE, 'scheduled')).processId > 0);
  const [running] = await select(client, {
    schema: 'xtk:workflow', select: nodes('@internalName'), where: where('@state = 11 and @processId <> 0'),
  });
  assert.equal(running.internalName, 'scheduled');
  await advance('1m');
  const done = await workflowOf(HERE, 'scheduled');
  assert.deepEqual([done.state, done.processId], [STARTED, 0]);
});

check('WakeupTask wakes the scheduler, or all when nothing is named', async () => {
  const client = await connect(HERE);
  for (const activity of ['scheduler', '']) {
    await bring(client, 'scheduled', 'kill', 'start');
    assert.equal(await client.NLWS.xtkWorkflow.wakeupTask('scheduled', '', activity), null);
    await advance('4s');
    assert.ok((await workflowOf(HERE, 'scheduled')).processId > 0);
    await advance('1m');
  }
});

check('WakeupTask of another activity runs nothing', async () => {
  const client = await connect(HERE);
  await bring(client, 'scheduled', 'kill', 'start');
  await client.NLWS.xtkWorkflow.wakeupTask('scheduled', '', 'noSuchActivity');
  await advance('4s');
  assert.equal((await workflowOf(HERE, 'scheduled')).processId, 0);
});

check('StartWithParameters starts with variables', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill');
  assert.equal(await client.NLWS.xtkWorkflow.startWithParameters('plain', { hello: 'world', n: 3 }), null);
  await advance('10s');
  assert.equal(await stateNow('plain'), STARTED);
  await bring(client, 'plain', 'kill');
  await client.NLWS.xtkWorkflow.startWithParameters('plain', {});
  await advance('10s');
  assert.equal(await stateNow('plain'), STARTED);
});

check('variables must be in an element of that name', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill');
  const wrong = client.DomUtil.parse('<parameters hello="world"/>');
  await refused(client.NLWS.xml.xtkWorkflow.startWithParameters('plain', wrong), {
    faultCode: 'SOAP-ENV:Client', detail: /must be named 'variables'/,
  });
  assert.equal(await stateNow('plain'), STOPPED);
  const right = client.DomUtil.parse('<variables hello="world"/>');
  await client.NLWS.xml.xtkWorkflow.startWithParameters('plain', right);
  assert.equal(await stateNow('plain'), STARTING);
});

check('Simulate starts in simulation mode, and nothing is executed', async () => {
  const client = await connect(HERE);
  for (const simulate of [
    () => client.NLWS.xtkWorkflow.simulate('scheduled'),
    () => client.NLWS.xtkWorkflow.simulateWithParameters('scheduled', { a: 'b' }),
  ]) {
    await bring(client, 'scheduled', 'kill');
    assert.equal(await simulate(), null);
    await advance('10s');
    const [row] = await select(client, {
      schema: 'xtk:workflow', select: nodes('@simulation', '@state'), where: where("@internalName = 'scheduled'"),
    });
    assert.deepEqual([row.simulation, row.state], ['1', '11']);
    await bring(client, 'scheduled', 'wakeup');
    assert.ok((await messages('scheduled')).includes('Simulation: not executed.'));
  }
  await bring(client, 'scheduled', 'kill', 'start');
  assert.equal((await messages('scheduled')).at(-1), 'Workflow started.');
});

check('PostEvent reaches a started workflow', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start');
  assert.equal(await client.NLWS.xtkWorkflow.postEvent('plain', 'signal', 'ok', { city: 'Rome' }, false), null);
  await advance('10s');
  const last = (await journalOf(HERE, 'plain')).at(-1);
  assert.deepEqual([last.activity, last.message, last.error], ['signal', "Event posted on transition 'ok'.", '']);
});

check('PostEvent waits for a paused workflow, and is lost on a finished one', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill', 'start', 'pause');
  await client.NLWS.xtkWorkflow.postEvent('plain', 'signal', 'later', {}, false);
  await advance('10s');
  assert.ok(!(await messages('plain')).includes("Event posted on transition 'later'."));
  await bring(client, 'plain', 'start');
  assert.ok((await messages('plain')).includes("Event posted on transition 'later'."));
  await bring(client, 'plain', 'kill');
  assert.equal(await client.NLWS.xtkWorkflow.postEvent('plain', 'signal', 'never', {}, false), null);
  await advance('10s');
  assert.match((await journalOf(HERE, 'plain')).at(-1).error, /^BAS-010003/);
});

check('Spawn makes instances of a template, and answers with their ids', async () => {
  const client = await connect(HERE);
  await template(client, 'spawnable');
  const { xtkWorkflow } = client.NLWS;
  const ids = [
    await xtkWorkflow.spawn('spawnable'),
    await xtkWorkflow.spawnWithParameters('spawnable', { a: 'b' }),
    await xtkWorkflow.spawnWithParametersEx('spawnable', false, { a: 'b' }),
    await xtkWorkflow.spawnWithParametersEx('spawnable', true, { a: 'b' }),
  ];
  assert.ok(ids.every((id) => Number.isInteger(id) && id > 0));
  assert.equal(new Set(ids).size, 4);
  await advance('10s');
  const rows = await select(client, {
    schema: 'xtk:workflow', select: nodes('@id', '@state', '@simulation', '@label', '@isModel'),
    where: where("@modelName = 'spawnable'"), orderBy: nodes('@id'),
  });
  assert.deepEqual(rows.map(({ id }) => Number(id)), ids);
  assert.deepEqual(rows.map(({ simulation }) => simulation), ['0', '0', '0', '1']);
  assert.ok(rows.every(({ state, label, isModel }) => state === '11' && label === 'A template' && isModel === '0'));
});

check('whether a spawned instance is started is not known: the switch does either', async () => {
  const client = await connect(HERE);
  await template(client, 'spawnedOnly');
  await having(HERE, { switches: { spawned: 'edited' } }, { switches: { spawned: 'started' } }, async () => {
    const id = await client.NLWS.xtkWorkflow.spawn('spawnedOnly');
    await advance('10s');
    assert.equal(await stateNow(`spawnedOnly_${id}`), EDITION);
  });
});

check('only a template can be spawned', async () => {
  const client = await connect(HERE);
  const before = Object.keys((await stateOf(HERE)).workflows);
  await failed(client.NLWS.xtkWorkflow.spawn('plain'), /no template/);
  await failed(client.NLWS.xtkWorkflow.spawn('nowhere'), /requested database record does not exist/);
  assert.deepEqual(Object.keys((await stateOf(HERE)).workflows), before);
});

check('Execute runs now and answers at the end', async () => {
  const client = await connect(HERE);
  await bring(client, 'campaign', 'kill');
  const { xtkWorkflow } = client.NLWS;
  const running = xtkWorkflow.create({ internalName: 'campaign' }).execute();
  let ended = false;
  running.then(() => { ended = true; }, () => {});
  while ((await workflowOf(HERE, 'campaign')).processId === 0) assert.ok(!ended);
  await advance('1s');
  assert.ok(!ended);
  await advance('1m');
  assert.equal(await running, null);
  assert.equal(await stateNow('campaign'), STOPPED);
  assert.ok((await messages('campaign')).some((text) => text.startsWith('Run finished')));
});

check('Execute is refused for technical workflows and where the state does not allow it', async () => {
  const client = await connect(HERE);
  const { xtkWorkflow } = client.NLWS;
  await failed(xtkWorkflow.create({ internalName: 'plain' }).execute(), /not for technical workflows/);
  await failed(xtkWorkflow.create({ internalName: 'plain' }).executeInstance(true, false, false), /not for technical/);
  await bring(client, 'campaign', 'kill', 'start');
  await failed(xtkWorkflow.create({ internalName: 'campaign' }).execute(), /^BAS-010003/);
});

check('methods whose parameters nobody documents are refused, by the SDK and by the server', async () => {
  const client = await connect(HERE);
  for (const name of [
    'RestartTask', 'Cleanup', 'DeleteResult', 'GetLogin', 'SetLogin', 'Reply', 'GetValidationParameters',
  ]) {
    await refused(client.NLWS.xtkWorkflow[name]('plain'), { errorCode: 'SDK-000009' });
    const parameters = [{ name: 'workflowId', type: 'string', value: 'plain' }];
    await failed(client.makeSoapCall('xtk:workflow', name, true, parameters, []), /not documented/);
  }
});

check('an order for a workflow that is not there faults, or not: the switch says which', async () => {
  const client = await connect(HERE);
  for (const order of ['start', 'stop', 'pause', 'restart', 'kill', 'wakeup', 'simulate']) {
    await failed(client.NLWS.xtkWorkflow[order]('nowhere'), MISSING);
  }
  await failed(client.NLWS.xtkWorkflow.start(123456), MISSING);
  await failed(client.NLWS.xtkWorkflow.start(''), MISSING);
  await failed(client.NLWS.xtkWorkflow.startWithParameters('nowhere', {}), MISSING);
  const back = { switches: { unknown_workflow: 'fault' } };
  await having(HERE, { switches: { unknown_workflow: 'accept' } }, back, async () => {
    assert.equal(await client.NLWS.xtkWorkflow.start('nowhere'), null);
  });
});

check('technical workflows and Kill are for administrators, others for who may run workflows', async () => {
  const admin = await connect(HERE);
  await bring(admin, 'campaign', 'kill');
  const client = await connect(HERE, RUNNER);
  await failed(client.NLWS.xtkWorkflow.start('plain'), /^QUE-370030/);
  await failed(client.NLWS.xtkWorkflow.kill('campaign'), /named right 'admin'/);
  await client.NLWS.xtkWorkflow.start('campaign');
  await advance('10s');
  assert.equal(await stateNow('campaign'), STARTED);
  const nobody = await connect(HERE, { user: 'reader', password: 'reader-secret' });
  await failed(nobody.NLWS.xtkWorkflow.stop('campaign'), /named right 'workflow'/);
});

check('orders are accepted while no workflow server takes them', async () => {
  const client = await connect(HERE);
  await bring(client, 'plain', 'kill');
  await having(HERE, { wfserver: 'down' }, { wfserver: 'up' }, async () => {
    await client.NLWS.xtkWorkflow.start('plain');
    await advance('1h');
    assert.equal(await stateNow('plain'), STARTING);
  });
  await advance('10s');
  assert.equal(await stateNow('plain'), STARTED);
});
