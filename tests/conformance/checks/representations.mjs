// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// The same answers in each representation that the SDK offers: SimpleJson, xml and BadgerFish.

import { OPS, assert, check, connect, nodes, optionOf, sdk, where } from '../harness.mjs';

const HERE = 'representations';

const ofXml = (client, text) => client.DomUtil.parse(text).documentElement;
const attributes = (element) => Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));

const QUERY = `<queryDef schema="xtk:option" operation="select" xtkschema="xtk:queryDef">
  <select><node expr="@name"/><node expr="@longValue"/></select>
  <where><condition expr="@name like 'number%'"/></where><orderBy><node expr="@name"/></orderBy></queryDef>`;

check('xml: a select answers with a collection element', async () => {
  const client = await connect(HERE, OPS, { representation: 'xml' });
  const answer = await client.NLWS.xtkQueryDef.create(ofXml(client, QUERY)).executeQuery();
  assert.equal(answer.tagName, 'option-collection');
  assert.deepEqual([...answer.children].map(attributes), [
    { name: 'number1', longValue: '1' }, { name: 'number2', longValue: '2' },
  ]);
});

check('SimpleJson: a select answers with a list', async () => {
  const client = await connect(HERE, OPS, { representation: 'SimpleJson' });
  const answer = await client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option', operation: 'select', select: nodes('@name', '@longValue'),
    where: where("@name like 'number%'"), orderBy: nodes('@name'),
  }).executeQuery();
  assert.deepEqual(answer, { option: [{ name: 'number1', longValue: '1' }, { name: 'number2', longValue: '2' }] });
});

check('BadgerFish: an answer has marked attributes', async () => {
  const client = await connect(HERE, OPS, { representation: 'BadgerFish' });
  const info = await client.NLWS.xtkSession.getUserInfo();
  assert.equal(info['@login'], 'ops');
  assert.equal(info['login-right']['@right'], 'admin');
});

check('one method can be asked in another representation', async () => {
  const client = await connect(HERE);
  const json = await client.NLWS.json.xtkSession.getUserInfo();
  const xml = await client.NLWS.xml.xtkSession.getUserInfo();
  assert.equal(json.login, xml.getAttribute('login'));
  assert.equal(json['installed-package'].name, xml.querySelector('installed-package').getAttribute('name'));
});

check('xml: an empty select, a missing row and a count', async () => {
  const client = await connect(HERE, OPS, { representation: 'xml' });
  const ask = (operation) => client.NLWS.xtkQueryDef.create(ofXml(client, `<queryDef schema="xtk:option"
    operation="${operation}"><select><node expr="@name"/></select><where><condition expr="@name = 'nothing'"/></where>
    </queryDef>`)).executeQuery();
  assert.equal((await ask('count')).getAttribute('count'), '0');
  const empty = await ask('select');
  assert.deepEqual([empty.tagName, empty.children.length], ['option-collection', 0]);
  assert.equal(await ask('getIfExists'), null);
});

check('xml: a document is written', async () => {
  const client = await connect(HERE, OPS, { representation: 'xml' });
  await client.NLWS.xtkSession.write(ofXml(client, `<option xtkschema="xtk:option" _operation="insertOrUpdate"
    _key="@name" name="byXml" dataType="7" timeStampValue="2026-11-22 02:00:00.000Z"
    description="it's &quot;so&quot;"/>`));
  const { type, value, description } = await optionOf(HERE, 'byXml');
  assert.equal(type, 'datetime');
  assert.equal(new Date(value).toISOString(), '2026-11-22T02:00:00.000Z');
  assert.equal(description, 'it\'s "so"');
});

check('SimpleJson: a document is written', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write({
    xtkschema: 'xtk:option', _key: '@name', name: 'byJson', dataType: 6, stringValue: 'it\'s "so"',
  });
  assert.equal((await optionOf(HERE, 'byJson')).value, 'it\'s "so"');
});

check('a text in an element comes back in both', async () => {
  const client = await connect(HERE);
  const [select, condition] = [nodes('@name', 'memoValue'), where("@name = 'memo'")];
  const json = await client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option', operation: 'get', select, where: condition,
  }).executeQuery();
  assert.equal(json.$memoValue, 'one\ntwo <three> ]]> & four');
  const xml = await client.NLWS.xml.xtkQueryDef.create(ofXml(client, `<queryDef schema="xtk:option" operation="get">
    <select><node expr="memoValue"/></select><where><condition expr="@name = 'memo'"/></where>
    </queryDef>`)).executeQuery();
  assert.equal(xml.querySelector('memoValue').textContent, json.$memoValue);
});

check('a text is written into an element in both', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.write({
    xtkschema: 'xtk:option', _key: '@name', name: 'memoByJson', dataType: 12, $memoValue: 'a\nb <c>',
  });
  assert.equal((await optionOf(HERE, 'memoByJson')).value, 'a\nb <c>');
  const document = ofXml(client, `<option xtkschema="xtk:option" _key="@name" name="memoByXml" dataType="12">
    <memoValue><![CDATA[a]]>&#10;b &lt;c&gt;</memoValue></option>`);
  await client.NLWS.xml.xtkSession.write(document);
  assert.equal((await optionOf(HERE, 'memoByXml')).value, 'a\nb <c>');
});

check('the session information is the same in both', async () => {
  const json = await connect(HERE);
  const xml = await connect(HERE, OPS, { representation: 'xml' });
  assert.equal(json.getSessionInfo().serverInfo.buildNumber, '9396');
  assert.equal(xml.getSessionInfo().querySelector('serverInfo').getAttribute('buildNumber'), '9396');
  assert.equal(xml.application.operator.login, json.application.operator.login);
  assert.equal(await xml.getOption('number1'), await json.getOption('number1'));
});

check('a wrong representation is refused by the SDK, and the server never gets it', async () => {
  const options = { representation: 'yaml' };
  assert.throws(() => sdk.ConnectionParameters.ofUserAndPassword('http://127.0.0.1', 'a', 'b', options));
  await connect(HERE);
});
