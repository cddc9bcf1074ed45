// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Write and WriteCollection of xtk:persist (campaign_facts, Calls).

import {
  RUNNER, assert, check, connect, failed, having, nodes, optionOf, sdk, select, stateOf, where,
} from '../harness.mjs';

const HERE = 'writes';
const TYPE = 'Options \\(xtk:option\\)';

const option = (name, more) => ({ xtkschema: 'xtk:option', _key: '@name', name, ...more });
const text = (name, stringValue, more = {}) => option(name, { dataType: 6, stringValue, ...more });
const names = async (prefix) =>
  Object.keys((await stateOf(HERE)).options).filter((name) => name.startsWith(prefix)).sort();

check('insert adds a row, once', async () => {
  const client = await connect(HERE);
  const { xtkSession } = client.NLWS;
  assert.equal(await xtkSession.write(text('inserted', 'a', { _operation: 'insert' })), null);
  await failed(xtkSession.write(text('inserted', 'b', { _operation: 'insert' })), new RegExp(
    `^PGS-220000 PostgreSQL error[^\\n]*duplicate key[^]*XSV-350023 Unable to save document of type '${TYPE}'`,
  ));
  assert.equal((await optionOf(HERE, 'inserted')).value, 'a');
});

check('without an operation a document is inserted or updated', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('upserted', 'a'));
  const { id } = await optionOf(HERE, 'upserted');
  await client.NLWS.xtkSession.write(text('upserted', 'b', { _operation: 'insertOrUpdate' }));
  const found = await optionOf(HERE, 'upserted');
  assert.deepEqual([found.id, found.value], [id, 'b']);
});

check('update of what does not exist does nothing, silently', async () => {
  const client = await connect(HERE);
  assert.equal(await client.NLWS.xtkSession.write(text('absent', 'a', { _operation: 'update' })), null);
  assert.equal(await optionOf(HERE, 'absent'), undefined);
});

check('update changes only what the document holds', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('patched', 'a', { description: 'kept' }));
  await client.NLWS.xtkSession.write(text('patched', 'b', { _operation: 'update' }));
  const found = await optionOf(HERE, 'patched');
  assert.deepEqual([found.value, found.description], ['b', 'kept']);
});

check('without a key the first key that the document fills is used', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('keyed', 'a'));
  const { id } = await optionOf(HERE, 'keyed');
  await client.NLWS.xtkSession.write({ xtkschema: 'xtk:option', _operation: 'update', id, stringValue: 'by id' });
  assert.equal((await optionOf(HERE, 'keyed')).value, 'by id');
});

check('delete takes the row of the key, and no more', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('deleted', 'a'));
  await client.NLWS.xtkSession.write(text('deletedToo', 'a'));
  await client.NLWS.xtkSession.write(option('deleted', { _operation: 'delete' }));
  assert.deepEqual(await names('deleted'), ['deletedToo']);
  assert.equal(await client.NLWS.xtkSession.write(option('deleted', { _operation: 'delete' })), null);
});

check('a deletion whose document holds more than its key is refused', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('undeleted', 'a'));
  await failed(client.NLWS.xtkSession.write(text('undeleted', 'a', { _operation: 'delete' })), /XSV-350023/);
  assert.equal((await optionOf(HERE, 'undeleted')).value, 'a');
});

check('an unknown attribute, key or schema faults and changes nothing', async () => {
  const client = await connect(HERE);
  const before = await names('');
  const { xtkSession } = client.NLWS;
  await failed(xtkSession.write(text('unknown', 'a', { colour: 'red' })), /Attribute 'colour' unknown/);
  await failed(xtkSession.write({ ...text('unknown', 'a'), _key: '@colour' }), /Attribute 'colour' unknown/);
  await failed(xtkSession.write({ xtkschema: 'cus:unknown', name: 'a' }), /^XFR-180000/);
  await failed(xtkSession.write({ xtkschema: 'xtk:option', stringValue: 'a' }), /SCM-120008/);
  assert.deepEqual(await names(''), before);
});

/** A collection: the SDK names the root of a document after its schema, so the XML form is needed here. */
function collection(client, ...documents) {
  const doc = client.DomUtil.newDocument('option-collection');
  doc.documentElement.setAttribute('xtkschema', 'xtk:option');
  for (const attributes of documents) {
    const element = doc.createElement('option');
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    doc.documentElement.appendChild(element);
  }
  return client.NLWS.xml.xtkSession.writeCollection(doc);
}

check('a collection writes each of its documents, each with its own operation', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write(text('many1', 'old'));
  await client.NLWS.xtkSession.write(text('many2', 'old'));
  assert.equal(await collection(
    client,
    { _key: '@name', name: 'many1', dataType: 6, stringValue: 'new' },
    { _key: '@name', name: 'many2', _operation: 'delete' },
    { _key: '@name', name: 'many3', dataType: 6, stringValue: 'made' },
    { _key: '@name', name: 'many4', _operation: 'update', dataType: 6, stringValue: 'never' },
  ), null);
  assert.deepEqual(await names('many'), ['many1', 'many3']);
  assert.equal((await optionOf(HERE, 'many1')).value, 'new');
});

check('whether a collection that fails halfway is undone is not known: the switch does either', async () => {
  const client = await connect(HERE);
  const half = (name) => collection(
    client,
    { _key: '@name', name, dataType: 6, stringValue: 'a' },
    { _key: '@name', name: `${name}Wrong`, dataType: 6, colour: 'red' },
  );
  await failed(half('halfAtomic'), /Attribute 'colour' unknown/);
  await having(HERE, { switches: { collection: 'each' } }, { switches: { collection: 'atomic' } }, () =>
    failed(half('halfEach'), /Attribute 'colour' unknown/));
  assert.deepEqual(await names('half'), ['halfEach']);
});

check('an operator without the right writes no option', async () => {
  const client = await connect(HERE, RUNNER);
  await failed(client.NLWS.xtkSession.write(text('forbidden', 'a')), /^QUE-370023/);
  assert.equal(await optionOf(HERE, 'forbidden'), undefined);
});

check('texts keep their every character', async () => {
  const client = await connect(HERE);
  const value = `'"<>&\\ $%_ é€\u{1F600} ]]> &amp; {{ x }}`;
  await client.NLWS.xtkSession.write(text('characters', value));
  const rows = await select(client, {
    schema: 'xtk:option', select: nodes('@stringValue'), where: where(sdk.escapeXtk`@stringValue = ${value}`),
  });
  assert.deepEqual(rows, [{ stringValue: value }]);
});
