// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What the SDK puts on the wire, call by call (campaign_facts, Envelopes and Call sequences). The simulator was built
// on these captures: when a new version of the SDK calls otherwise, it is seen here first.

import {
  BEARER, OPS, assert, check, clientOf, clientWith, connect, ledgerMark, ledgerSince, nodes, sdk, where,
} from '../harness.mjs';

const HERE = 'sequences';
const ENTITY = 'xtk:persist#GetEntityIfMoreRecent';

/** The calls that an action makes, as the ledger of the simulator has them, and what each was about. */
async function calls(action) {
  const mark = await ledgerMark();
  await action();
  return (await ledgerSince(mark)).map(({ call, object }) => `${call} ${object}`.trim());
}

/** The requests that an action makes, as the SDK passes them to its transport. */
async function requests(client, action) {
  const found = [];
  const observer = { onSOAPCall: (call) => found.push(call.request) };
  client.registerObserver(observer);
  await action();
  client.unregisterObserver(observer);
  return found;
}

const query = (client, where) => client.NLWS.xtkQueryDef.create({
  schema: 'xtk:option', operation: 'select', select: nodes('@name'), where,
}).executeQuery();

check('a logon with a password is one call', async () => {
  assert.deepEqual(await calls(() => connect(HERE)), ['xtk:session#Logon']);
});

check('a bearer token costs no call, and three requests with session information', async () => {
  const plain = await clientOf(HERE, 'ofImsBearerToken', BEARER, { noStorage: true });
  assert.deepEqual(await calls(() => plain.logon()), []);
  const informed = await clientOf(HERE, 'ofImsBearerToken', BEARER, { noStorage: true, sessionInfo: true });
  assert.deepEqual(await calls(() => informed.logon()), [
    `${ENTITY} xtk:schema|xtk:session`, 'xtk:session#GetUserInfo', // and GET /r/test
  ]);
});

check('options cost the schema once, then a call each', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await calls(() => client.getOption('first')), [
    `${ENTITY} xtk:schema|xtk:session`, 'xtk:session#GetOption first',
  ]);
  assert.deepEqual(await calls(() => client.getOption('second')), ['xtk:session#GetOption second']);
  assert.deepEqual(await calls(() => client.setOption('third', 'x')), [
    'xtk:session#GetOption third', 'xtk:persist|xtk:session#Write xtk:option third insertOrUpdate',
  ]);
  assert.deepEqual(await calls(() => client.setOption('third', 'y')), [
    'xtk:persist|xtk:session#Write xtk:option third insertOrUpdate',
  ]);
});

check('a query costs the schema once, then a call', async () => {
  const client = await connect(HERE);
  const ask = () => query(client, where("@name = 'a'"));
  assert.deepEqual(await calls(ask), [
    `${ENTITY} xtk:schema|xtk:queryDef`, 'xtk:queryDef#ExecuteQuery xtk:option select',
  ]);
  assert.deepEqual(await calls(ask), ['xtk:queryDef#ExecuteQuery xtk:option select']);
});

check('an order costs the schema once, then a call', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await calls(() => client.NLWS.xtkWorkflow.start('plain')), [
    `${ENTITY} xtk:schema|xtk:workflow`, 'xtk:workflow#Start plain',
  ]);
  assert.deepEqual(await calls(() => client.NLWS.xtkWorkflow.stop('plain')), ['xtk:workflow#Stop plain']);
});

check('small calls and the logoff are one call each', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  assert.deepEqual(await calls(() => client.NLWS.xtkSession.testCnx()), ['xtk:session#TestCnx']);
  assert.deepEqual(await calls(() => client.NLWS.xtkSession.getServerTime()), ['xtk:session#GetServerTime']);
  assert.deepEqual(await calls(() => client.logoff()), ['xtk:session#Logoff']);
});

check('the way to a mid is a query and the key', async () => {
  const client = await connect('mkt');
  const found = await calls(() => sdk.ConnectionParameters.ofExternalAccount(client, 'defaultEmailMid'));
  assert.deepEqual(found, [
    `${ENTITY} xtk:schema|xtk:queryDef`, 'xtk:queryDef#ExecuteQuery nms:extAccount get',
    `${ENTITY} xtk:schema|xtk:session`, 'xtk:session#GetOption XtkSecretKey',
  ]);
  const mid = await clientWith(await sdk.ConnectionParameters.ofExternalAccount(client, 'defaultEmailMid'));
  assert.deepEqual(await calls(() => mid.logon()), ['xtk:session#Logon']);
});

check('an envelope is the one that was captured, to the letter', async () => {
  const client = await connect(HERE);
  await client.getOption('first');
  const [{ data }] = await requests(client, () => client.getOption('NmsMidSourcing_LastDelivery_defaultEmailMid'));
  const [token, security] = [client._sessionToken, client._securityToken];
  assert.equal(data, '<SOAP-ENV:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    + ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    + ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://xml.apache.org/xml-soap">'
    + `<SOAP-ENV:Header><Cookie>__sessiontoken=${token}</Cookie><X-Security-Token>${security}</X-Security-Token>`
    + '</SOAP-ENV:Header><SOAP-ENV:Body><m:GetOption xmlns:m="urn:xtk:session"'
    + ' SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
    + `<sessiontoken xsi:type="xsd:string">${token}</sessiontoken>`
    + '<name xsi:type="xsd:string">NmsMidSourcing_LastDelivery_defaultEmailMid</name></m:GetOption>'
    + '</SOAP-ENV:Body></SOAP-ENV:Envelope>');
});

check('the headers are those that were captured', async () => {
  const client = await connect(HERE, OPS, { clientApp: 'conformance/1' });
  const [first, second] = await requests(client, () => client.getOption('first'));
  assert.equal(first.headers.SoapAction, 'xtk:persist#GetEntityIfMoreRecent');
  assert.equal(first.headers['ACC-SDK-Call-Internal'], '1');
  assert.match(second.url, /\/nl\/jsp\/soaprouter\.jsp\?soapAction=xtk%3Asession%23GetOption$/);
  assert.equal(second.method, 'POST');
  assert.deepEqual(second.headers, {
    'Content-type': 'application/soap+xml;charset=UTF-8',
    SoapAction: 'xtk:session#GetOption',
    'X-Security-Token': client._securityToken,
    'X-Session-Token': client._sessionToken,
    Cookie: `__sessiontoken=${client._sessionToken}`,
    'User-Agent': '@adobe/acc-js-sdk/1.2.0 ACC Javascript SDK',
    'ACC-SDK-Version': '@adobe/acc-js-sdk 1.2.0',
    'ACC-SDK-Auth': 'UserPassword ops',
    'ACC-SDK-Client-App': 'conformance/1',
    'X-Query-Source': '@adobe/acc-js-sdk 1.2.0,conformance/1',
  });
});

check('with a bearer token neither of the two tokens is sent', async () => {
  const client = await clientOf(HERE, 'ofImsBearerToken', BEARER, { noStorage: true });
  await client.logon();
  await client.NLWS.xtkSession.testCnx();
  const [{ headers, data }] = await requests(client, () => client.NLWS.xtkSession.testCnx());
  assert.equal(headers.Authorization, `Bearer ${BEARER}`);
  assert.deepEqual([headers.Cookie, headers['X-Security-Token'], headers['X-Session-Token']], Array(3).fill(undefined));
  assert.ok(data.includes('<sessiontoken xsi:type="xsd:string"/>'));
});

check('a text option is written with attributes, under both names of the service', async () => {
  const client = await connect(HERE);
  const sent = await requests(client, () => client.setOption('fourth', 'a "b"', 'why'));
  const { data, headers } = sent.at(-1);
  assert.equal(headers.SoapAction, 'xtk:persist|xtk:session#Write');
  assert.ok(data.includes('<m:Write xmlns:m="urn:xtk:persist|xtk:session" '));
  assert.ok(data.includes('<option xtkschema="xtk:option" _operation="insertOrUpdate" _key="@name" name="fourth"'
    + ' dataType="6" description="why" stringValue="a &quot;b&quot;"/>'), data);
});
