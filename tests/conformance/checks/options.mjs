// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Options: reading each type, and what the SDK's setOption does (campaign_facts, Types to Writing options).

import { assert, check, connect, having, nodes, optionOf, refused, sdk, where } from '../harness.mjs';

const HERE = 'options';
const CURSOR = 'NmsMidSourcing_LastDelivery_defaultEmailMid';
const CURSOR_VALUE = '2020-03-01T10:00:00.000Z';

/** The option as the server has it, by a query and not from the SDK's cache. */
const row = (client, name) =>
  client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option',
    operation: 'getIfExists',
    select: nodes('@name', '@dataType', '@stringValue', '@longValue', '@doubleValue', '@timeStampValue', 'memoValue'),
    where: where(sdk.escapeXtk`@name = ${name}`),
  }).executeQuery();

/** Put the cursor back as the fleet has it, the way that works. */
const restoreCursor = (client) =>
  client.NLWS.xtkSession.write({
    xtkschema: 'xtk:option', _operation: 'update', _key: '@name', name: CURSOR, dataType: 7,
    timeStampValue: '2020-03-01 10:00:00.000Z',
  });

/** Run an action and give the document of the last Write that the SDK sent meanwhile. */
async function written(client, action) {
  let document = '';
  const observer = { onSOAPCall: (call) => {
    if (call.methodName === 'Write') document = call.request.data;
  } };
  client.registerObserver(observer);
  await action();
  client.unregisterObserver(observer);
  return document;
}

check('a text option is a text', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('aString'), 'Rock \'n\' Roll & <more> "€"');
});

check('whole numbers of each size are numbers', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('aByte'), 7);
  assert.equal(await client.getOption('aShort'), -300);
  assert.equal(await client.getOption('aLong'), 2147483647);
});

check('fractions are numbers', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('aFloat'), 1.5);
  assert.equal(await client.getOption('aDouble'), 3.14159265358979);
});

check('a datetime option is a date, to the millisecond', async () => {
  const client = await connect(HERE);
  const value = await client.getOption('aDatetime');
  assert.ok(value instanceof Date);
  assert.equal(value.toISOString(), '2026-01-02T03:04:05.678Z');
});

check('a date option is a date', async () => {
  const client = await connect(HERE);
  assert.equal((await client.getOption('aDate')).toISOString(), '2026-01-02T00:00:00.000Z');
});

check('long texts are texts', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('aMemo'), 'first line\nsecond <line>');
  assert.equal(await client.getOption('aCdata'), '<x>&amp;</x>');
});

check('booleans and timespans are what the SDK makes of their codes', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('aBoolean'), true);
  const [value, type] = await client.NLWS.xtkSession.getOption('aTimespan');
  assert.deepEqual([value, type], ['90', 14]);
});

check('an empty date option is null', async () => {
  const client = await connect(HERE);
  assert.equal(await client.getOption('anEmptyDatetime'), null);
  assert.deepEqual(await client.NLWS.xtkSession.getOption('anEmptyDatetime'), ['', 7]);
});

check('a missing option is no fault: an empty text of type 0', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await client.NLWS.xtkSession.getOption('no such option'), ['', 0]);
  assert.equal(await client.getOption('no such option'), null);
});

check('the first option costs the schema and the option, the next one a call, a known one nothing', async () => {
  const client = await connect(HERE);
  const calls = [];
  client.registerObserver({ onSOAPCall: (call) => calls.push(`${call.urn}#${call.methodName}`) });
  await client.getOption('aString');
  assert.deepEqual(calls, ['xtk:persist#GetEntityIfMoreRecent', 'xtk:session#GetOption']);
  await client.getOption('aLong');
  assert.equal(calls.length, 3);
  await client.getOption('aString');
  assert.equal(calls.length, 3);
  await client.getOption('aString', false);
  assert.equal(calls.length, 4);
});

check('setOption changes a text', async () => {
  const client = await connect(HERE);
  for (const value of ['plain', 'quotes \' " & < > $ % \\', 'ünïcödé €', '  spaces  ', '']) {
    await client.setOption('aTextToSet', value);
    assert.equal((await row(client, 'aTextToSet')).stringValue, value);
    await client.clearOptionCache();
    assert.equal((await client.getOption('aTextToSet')) ?? '', value);
  }
});

check('setOption changes a number and keeps its type', async () => {
  const client = await connect(HERE);
  await client.setOption('aNumberToSet', 42);
  assert.deepEqual(await client.NLWS.xtkSession.getOption('aNumberToSet'), ['42', 3]);
  await client.setOption('aNumberToSet', '-7', 'set by the SDK');
  const { value, type, description } = await optionOf(HERE, 'aNumberToSet');
  assert.deepEqual([value, type, description], [-7, 'long', 'set by the SDK']);
});

check('setOption changes a fraction, a boolean and a long text', async () => {
  const client = await connect(HERE);
  await client.setOption('aDoubleToSet', 2.25);
  assert.equal((await optionOf(HERE, 'aDoubleToSet')).value, 2.25);
  await client.setOption('aBooleanToSet', true);
  assert.deepEqual(await client.NLWS.xtkSession.getOption('aBooleanToSet'), ['1', 15]);
  await client.setOption('aMemoToSet', 'one\ntwo & <three>');
  assert.equal(await client.getOption('aMemoToSet', false), 'one\ntwo & <three>');
});

check('setOption creates what is missing, as a text: a misspelt name is not noticed', async () => {
  const client = await connect(HERE);
  await client.setOption('NmsMidSourcing_LastDelivery_misspelt', 'x');
  const found = await row(client, 'NmsMidSourcing_LastDelivery_misspelt');
  assert.deepEqual([found.dataType, found.stringValue], ['6', 'x']);
});

check('HAZARD: setOption on a datetime sends an empty element, and the value is gone', async () => {
  const client = await connect(HERE);
  for (const value of [new Date('2026-11-22T02:00:00Z'), '2026-11-22 02:00:00.000Z']) {
    await restoreCursor(client);
    await client.clearOptionCache();
    const document = await written(client, () => client.setOption(CURSOR, value));
    assert.match(document, /dataType="7"[^>]*><timeStampValue\/><\/option>/);
    assert.ok(!document.includes('2026-11-22'));
    assert.equal((await row(client, CURSOR)).timeStampValue, '');
    assert.equal((await optionOf(HERE, CURSOR)).value, null);
    // The SDK itself still takes this for a success.
    assert.equal((await client.getOption(CURSOR)).toISOString(), '2026-11-22T02:00:00.000Z');
  }
  await restoreCursor(client);
});

check('HAZARD: setOption on a date blanks it as well', async () => {
  const client = await connect(HERE);
  const document = await written(client, () => client.setOption('aDateToSet', '2026-11-22'));
  assert.ok(document.includes('<timeStampValue/>'));
  assert.equal((await optionOf(HERE, 'aDateToSet')).value, null);
});

check('HAZARD: setOption does not know timespans, and writes nothing', async () => {
  const client = await connect(HERE);
  await refused(client.setOption('aTimespanToSet', 120), { errorCode: 'SDK-000006' });
  assert.equal((await optionOf(HERE, 'aTimespanToSet')).value, 90);
});

check('what an empty datetime does is not known: the switch lets a server ignore or refuse it', async () => {
  const client = await connect(HERE);
  await restoreCursor(client);
  const back = { switches: { empty_element: 'null' } };
  await having(HERE, { switches: { empty_element: 'ignore' } }, back, async () => {
    await client.setOption(CURSOR, new Date('2026-11-22T02:00:00Z'));
    assert.equal(new Date((await optionOf(HERE, CURSOR)).value).toISOString(), CURSOR_VALUE);
  });
  await having(HERE, { switches: { empty_element: 'fault' } }, back, async () => {
    await refused(client.setOption(CURSOR, new Date('2026-11-22T02:00:00Z')), {
      errorCode: 'SOP-330011', detail: /XSV-350023 Unable to save document of type 'Options \(xtk:option\)'/,
    });
    assert.equal(new Date((await optionOf(HERE, CURSOR)).value).toISOString(), CURSOR_VALUE);
  });
});

check('a datetime is written as a text attribute by an update, and read back by a query', async () => {
  const client = await connect(HERE);
  const value = '2026-11-22 02:00:00.123Z';
  const document = await written(client, () => client.NLWS.xtkSession.write({
    xtkschema: 'xtk:option', _operation: 'update', _key: '@name', name: CURSOR, dataType: 7, timeStampValue: value,
  }));
  assert.ok(document.includes(`timeStampValue="${value}"`));
  const found = await row(client, CURSOR);
  assert.deepEqual([found.dataType, found.timeStampValue], ['7', value]);
  assert.equal((await client.getOption(CURSOR, false)).toISOString(), '2026-11-22T02:00:00.123Z');
  await restoreCursor(client);
});
