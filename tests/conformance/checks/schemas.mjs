// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The entities that clients read of a server itself (campaign_facts, Calls and Call sequences).

import { OPS, assert, check, connect, failed, having, nodes, sdk, select } from '../harness.mjs';

const HERE = 'schemas';

const methods = (schema) => [...schema.querySelectorAll('method')].map((method) => method.getAttribute('name'));

check('the schema of the session service tells its methods and those of persist', async () => {
  const client = await connect(HERE);
  const schema = await client.getSchema('xtk:session', 'xml');
  assert.equal(schema.getAttribute('implements'), 'xtk:persist');
  for (const name of [
    'Logon', 'Logoff', 'GetOption', 'TestCnx', 'GetServerTime', 'GetUserInfo', 'Write', 'WriteCollection',
  ]) {
    assert.ok(methods(schema).includes(name), name);
  }
});

check('the schemas of queries and workflows tell their methods', async () => {
  const client = await connect(HERE);
  assert.deepEqual(methods(await client.getSchema('xtk:queryDef', 'xml')), ['ExecuteQuery', 'SelectAll']);
  const workflow = methods(await client.getSchema('xtk:workflow', 'xml'));
  for (const name of ['Start', 'Pause', 'Stop', 'Kill', 'Restart', 'Wakeup', 'WakeupTask', 'PostEvent', 'Spawn']) {
    assert.ok(workflow.includes(name), name);
  }
});

check('a schema is read in each representation, once for five minutes', async () => {
  const client = await connect(HERE, OPS);
  const calls = [];
  client.registerObserver({ onSOAPCall: (call) => calls.push(call.methodName) });
  const json = await client.getSchema('xtk:workflow');
  assert.deepEqual([json.namespace, json.name], ['xtk', 'workflow']);
  const xml = await client.getSchema('xtk:workflow', 'xml');
  assert.equal(xml.getAttribute('name'), 'workflow');
  assert.deepEqual(calls, ['GetEntityIfMoreRecent']);
  await client.getSchema('xtk:workflow', 'xml', false, true);
  assert.equal(calls.length, 2);
});

check('an unknown schema is no fault but nothing', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getSchema('cus:unknown'), null);
  assert.equal(await client.application.getSchema('cus:unknown'), null);
});

check('a workflow is no entity that can be read by its name', async () => {
  const client = await connect(HERE);
  await failed(client.getEntityIfMoreRecent('xtk:workflow', 'tracking', 'xml'), /Attribute 'name' unknown/);
});

check('the SDK\'s own view of a schema knows its attributes, keys and links', async () => {
  const client = await connect(HERE);
  const schema = await client.application.getSchema('xtk:workflow');
  assert.deepEqual([schema.id, schema.label], ['xtk:workflow', 'Workflows']);
  const { root } = schema;
  assert.equal(root.children['@internalName'].type, 'string');
  assert.equal(root.children['@nextProcessingDate'].type, 'datetime');
  assert.equal(root.children['@name'], undefined);
  assert.deepEqual(root.firstInternalKeyDef().fields.map(({ name }) => name), ['@id']);
  assert.deepEqual(root.firstExternalKeyDef().fields.map(({ name }) => name), ['@internalName']);
  assert.equal(root.children.folder.target, 'xtk:folder');
  assert.equal((await root.children.folder.linkTarget()).children['@label'].type, 'string');
});

check('every attribute that a schema names can be queried, and the others cannot', async () => {
  const client = await connect(HERE);
  for (const id of [
    'xtk:option', 'xtk:workflow', 'xtk:workflowLog', 'xtk:workflowTask', 'nms:extAccount', 'nms:delivery',
  ]) {
    const { root } = await client.application.getSchema(id);
    const paths = root.children.map(({ name, type }) => (type === 'link' ? undefined : name)).filter(Boolean);
    assert.ok(paths.length > 5, id);
    await select(client, { schema: id, lineCount: 1, select: nodes(...paths.map((path) => sdk.expandXPath(path))) });
  }
  const delivery = await client.application.getSchema('nms:delivery');
  assert.equal(delivery.root.children['@midRemoteId'], undefined); // a guess
  await failed(select(client, { schema: 'nms:delivery', select: nodes('@midRemoteId') }), /XTK-170036/);
});

check('attributes whose names are guesses are there where the switch serves them', async () => {
  const client = await connect(HERE);
  const back = { switches: { guessed_attributes: 'hidden' } };
  await having(HERE, { switches: { guessed_attributes: 'served' } }, back, async () => {
    const { root } = await client.application.getSchema('nms:delivery', true);
    assert.equal(root.children['@midRemoteId'].type, 'long');
    assert.equal(root.children.indicators.children['@toDeliver'].type, 'long');
    await select(client, { schema: 'nms:delivery', select: nodes('@midRemoteId', '[indicators/@toDeliver]') });
  });
});
