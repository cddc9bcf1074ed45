// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Logon, logoff and what a session is good for (campaign_facts, Calls to Authentication).

import {
  BEARER, OPS, SESSION_EXPIRED, advance, assert, change, check, clientOf, connect, having, now, refused, sdk,
} from '../harness.mjs';

const HERE = 'sessions';

/** A second client with the tokens of the first: what another process, or a thief, would have. */
async function twin(client) {
  const other = await clientOf(
    HERE, 'ofSessionAndSecurityToken', client._sessionToken, client._securityToken, { noStorage: true },
  );
  await other.logon();
  return other;
}

check('a password opens a session with two tokens', async () => {
  const client = await connect(HERE);
  assert.match(client._sessionToken, /^___[0-9a-f-]{36}$/);
  assert.match(client._securityToken, /^@/);
  assert.equal(client._securityToken.length, 109);
  assert.ok(client.isLogged());
});

check('a bearer token is exchanged for a session', async () => {
  const client = await clientOf(HERE, 'ofBearerToken', BEARER, { noStorage: true });
  await client.logon();
  assert.match(client._sessionToken, /^___/);
  assert.equal(client.application.operator.login, 'robot');
  await client.NLWS.xtkSession.testCnx();
});

check('a bearer token works on each call without a logon', async () => {
  const client = await clientOf(HERE, 'ofImsBearerToken', BEARER, { noStorage: true });
  await client.logon();
  await client.NLWS.xtkSession.testCnx();
  const info = await client.NLWS.xtkSession.getUserInfo();
  assert.equal(info.login, 'robot');
});

check('a bearer token with session information learns build and operator by other calls', async () => {
  const client = await clientOf(HERE, 'ofImsBearerToken', BEARER, { noStorage: true, sessionInfo: true });
  await client.logon();
  assert.equal(client.application.buildNumber, '9396');
  assert.equal(client.application.version, '7.4.3');
  assert.equal(client.application.instanceName, HERE);
  assert.equal(client.application.operator.login, 'robot');
});

check('a wrong password is refused', async () => {
  const client = await clientOf(HERE, 'ofUserAndPassword', 'ops', 'wrong', { noStorage: true });
  const detail = /^XSV-350012 Invalid login or password\. Connection denied\./;
  await refused(client.logon(), { statusCode: 403, detail });
  assert.ok(!client.isLogged());
});

check('an unknown and a disabled operator are refused alike', async () => {
  const texts = [];
  for (const user of ['nobody', 'gone']) {
    const client = await clientOf(HERE, 'ofUserAndPassword', user, 'gone-secret', { noStorage: true });
    const error = await refused(client.logon(), { statusCode: 403 });
    texts.push(error.detail);
  }
  assert.equal(texts[0], texts[1]);
});

check('a bearer token that nobody has is refused', async () => {
  const exchanged = await clientOf(HERE, 'ofBearerToken', 'no-such-token', { noStorage: true });
  await refused(exchanged.logon(), { statusCode: 403, detail: /XSV-350012/ });
  const direct = await clientOf(HERE, 'ofImsBearerToken', 'no-such-token', { noStorage: true });
  await direct.logon(); // the SDK sends nothing here
  await refused(direct.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
});

check('after a logoff the tokens are worth nothing', async () => {
  const client = await connect(HERE);
  const other = await twin(client);
  await other.NLWS.xtkSession.testCnx();
  await client.logoff();
  await refused(other.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
  await refused(client.NLWS.xtkSession.testCnx(), { errorCode: 'SDK-000010' });
});

check('an expired session is understood in each shape that a server may give it', async () => {
  const client = await connect(HERE);
  const other = await twin(client);
  await other.NLWS.xtkSession.testCnx();
  await client.logoff();
  for (const shape of ['403-plain', '200-plain', '500-plain', '200-fault']) {
    await having(HERE, { switches: { expired_answer: shape } }, { switches: { expired_answer: '403-plain' } }, () =>
      refused(other.NLWS.xtkSession.testCnx(), SESSION_EXPIRED));
  }
});

check('a wrong security token is refused', async () => {
  const client = await connect(HERE);
  const thief = await clientOf(
    HERE, 'ofSessionAndSecurityToken', client._sessionToken, '@guessed', { noStorage: true },
  );
  await thief.logon();
  await refused(thief.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
  await client.NLWS.xtkSession.testCnx();
});

check('a session ends after a day, and a remembered one does not', async () => {
  const short = await connect(HERE);
  const long = await connect(HERE, OPS, { rememberMe: true });
  await advance('23h');
  await short.NLWS.xtkSession.testCnx();
  await advance('2h');
  await refused(short.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
  await long.NLWS.xtkSession.testCnx();
  await advance('15d');
  await refused(long.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
});

check('the SDK logs on again automatically when it is configured to', async () => {
  let renewed = 0;
  const client = await connect(HERE, OPS, {
    refreshClient: async (old) => {
      renewed += 1;
      await old.logon();
      return old;
    },
  });
  const before = client._sessionToken;
  await client.NLWS.xtkSession.testCnx();
  await change(HERE, { expire_sessions: true });
  await client.NLWS.xtkSession.testCnx();
  assert.equal(renewed, 1);
  assert.notEqual(client._sessionToken, before);
});

check('the server tells its time, to anybody', async () => {
  const client = await connect(HERE);
  assert.equal((await client.NLWS.xtkSession.getServerTime()).getTime(), (await now()).getTime());
  const anonymous = await clientOf(HERE, 'ofAnonymousUser', { noStorage: true });
  await anonymous.logon();
  const [time] = await anonymous.makeSoapCall(
    'xtk:session', 'GetServerTime', true, [], [{ name: 'time', type: 'datetime' }],
  );
  assert.equal(time.getTime(), (await now()).getTime());
});

check('the server\'s time is its own, skew included', async () => {
  const client = await connect(HERE);
  await having(HERE, { skew: '-90s' }, { skew: 0 }, async () => {
    const behind = (await now()).getTime() - (await client.NLWS.xtkSession.getServerTime()).getTime();
    assert.equal(behind, 90_000);
  });
});

check('the test of the connection answers nothing, for a session', async () => {
  const client = await connect(HERE);
  assert.equal(await client.NLWS.xtkSession.testCnx(), null);
});

check('an anonymous caller gets no further than the time', async () => {
  const anonymous = await clientOf(HERE, 'ofAnonymousUser', { noStorage: true });
  await anonymous.logon();
  await refused(anonymous.makeSoapCall('xtk:session', 'TestCnx', true, [], []), SESSION_EXPIRED);
});

check('the user information is that of the session', async () => {
  const client = await connect(HERE);
  const info = await client.NLWS.xtkSession.getUserInfo();
  assert.equal(info.login, 'ops');
  assert.equal(info['login-right'].right, 'admin');
  assert.equal(info.loginId, String(client.application.operator.id));
  assert.ok(Number(info.loginId) > 0);
});

check('the session information tells server, operator and packages', async () => {
  const client = await connect(HERE);
  const info = client.getSessionInfo();
  assert.equal(info.serverInfo.releaseName, '7.4.3');
  assert.equal(info.serverInfo.sessionTimeOut, '86400');
  assert.equal(new Date(info.serverInfo.serverDate).getTime(), (await now()).getTime());
  const xml = client.getSessionInfo('xml');
  assert.equal(xml.querySelector('userInfo').getAttribute('login'), 'ops');
  const { application } = client;
  assert.deepEqual([application.buildNumber, application.version], ['9396', '6.7.0']);
  assert.equal(application.instanceName, HERE);
  assert.ok(application.operator.hasRight('admin'));
  assert.ok(!application.operator.hasRight('workflow'));
});

check('packages are known by name', async () => {
  const client = await connect(HERE);
  assert.ok(client.hasPackage('nms:core'));
  assert.ok(client.hasPackage('nms', 'core'));
  assert.ok(!client.hasPackage('nms:noSuchPackage'));
  assert.ok(client.application.hasPackage('nms:core'));
});

check('in a zone of session tokens only no security token is needed', async () => {
  const client = await connect(HERE);
  const bare = await clientOf(HERE, 'ofSessionToken', client._sessionToken, { noStorage: true });
  await bare.logon();
  await refused(bare.NLWS.xtkSession.testCnx(), SESSION_EXPIRED);
  await having(HERE, { zone: { session_token_only: true } }, { zone: {} }, () => bare.NLWS.xtkSession.testCnx());
});

check('a login with its password is a session token where the zone allows it', async () => {
  const direct = await clientOf(HERE, 'ofSessionToken', `${OPS.user}/${OPS.password}`, { noStorage: true });
  await direct.logon();
  await having(HERE, { zone: { session_token_only: true, allow_user_password: true } }, { zone: {} }, async () => {
    await direct.NLWS.xtkSession.testCnx();
    const wrong = await clientOf(HERE, 'ofSessionToken', `${OPS.user}/wrong`, { noStorage: true });
    await wrong.logon();
    await refused(wrong.NLWS.xtkSession.testCnx(), {
      statusCode: 500, faultCode: 'SOAP-ENV:Client', detail: 'Invalid login or password. Connection denied.',
    });
  });
});

check('an address that is in no zone is refused', async () => {
  for (const [status, code] of [[403, 'XSV-350013'], [500, 'XSV-350014']]) {
    await having(HERE, { zone: { refused: status } }, { zone: {} }, async () => {
      const client = await clientOf(HERE, 'ofUserAndPassword', OPS.user, OPS.password, { noStorage: true });
      const detail = new RegExp(`^${code} The '127\\.0\\.0\\.1' IP address`);
      await refused(client.logon(), { statusCode: status, detail });
    });
  }
});

check('the refresher of the caches stops when the server does not know its method', async () => {
  const client = await connect(HERE);
  const ended = new Promise((resolve) => {
    client.registerObserver({ event: ({ eventName, payload }) => {
      if (eventName === 'CACHE_REFRESHER//abort') resolve(payload.error);
      if (eventName === 'CACHE_REFRESHER//error') resolve(payload.error);
    } });
  });
  client._optionCacheRefresher.startAutoRefresh(1);
  const error = await ended;
  assert.equal(error.errorCode, 'SOP-330006');
  assert.equal(client._optionCacheRefresher._intervalId, null);
});

check('an unknown method is the caller\'s fault', async () => {
  const client = await connect(HERE);
  await refused(client.makeSoapCall('xtk:session', 'NoSuchMethod', true, [], []), {
    statusCode: 500, faultCode: 'SOAP-ENV:Client', errorCode: 'SOP-330006',
  });
});

check('a method of persist under the name of the session service lacks a library', async () => {
  const client = await connect(HERE);
  const parameters = [{ name: 'doc', type: 'DOMDocument', value: client.DomUtil.parse('<option/>') }];
  await refused(client.makeSoapCall('xtk:session', 'WriteCollection', true, parameters, [], 'xml'), {
    errorCode: 'SOP-330011', detail: /^SOP-330024 Unspecified function library/,
  });
});

check('the SDK\'s ways of writing a request are all understood', async () => {
  for (const options of [
    { noMethodInURL: true }, { charset: '' }, { noSDKHeaders: true }, { enableRequestIdHeader: true },
    { clientApp: 'conformance/1' }, { extraHttpHeaders: { 'X-Other': '1' } },
  ]) {
    const client = await connect(HERE, OPS, options);
    await client.NLWS.xtkSession.testCnx();
    await client.logoff();
  }
});

check('one session serves many calls at once', async () => {
  const client = await connect(HERE);
  await client.NLWS.xtkSession.testCnx();
  await Promise.all(Array.from({ length: 40 }, () => client.NLWS.xtkSession.testCnx()));
});

check('faults hide their technical part where the zone says so', async () => {
  const client = await connect(HERE);
  const ask = () => client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option', operation: 'select', select: { node: [{ expr: '@nope' }] },
  }).executeQuery();
  await having(HERE, { zone: { show_errors: false } }, { zone: {} }, async () => {
    const error = await refused(ask(), { errorCode: 'SOP-330011' });
    assert.ok(!error.detail);
  });
  await having(HERE, { zone: { show_errors: false, show_codes: false } }, { zone: {} }, async () => {
    const error = await refused(ask(), { statusCode: 500, errorCode: '' });
    assert.match(error.faultString, /^Error while executing/);
  });
});

check('the version under test is the pinned one', async () => {
  const { name, version } = sdk.getSDKVersion();
  assert.deepEqual([name, version], ['@adobe/acc-js-sdk', '1.2.0']);
  await connect(HERE);
});
