// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// From a marketing instance to its mid through the external account (campaign_facts, Rights and Call sequences).

import { assert, change, check, clientWith, connect, failed, nodes, refused, sdk, urlOf, where } from '../harness.mjs';

const HERE = 'mkt';
const ACCOUNT = 'defaultEmailMid';
const { ofExternalAccount } = sdk.ConnectionParameters;

const encrypted = (client, name) =>
  client.NLWS.xtkQueryDef.create({
    schema: 'nms:extAccount', operation: 'get', select: nodes('@password', '@server', '@account'),
    where: where(sdk.escapeXtk`@name = ${name}`),
  }).executeQuery();

check('the account of a marketing instance opens its mid', async () => {
  const client = await connect(HERE);
  const parameters = await ofExternalAccount(client, ACCOUNT);
  assert.equal(parameters._endpoint, urlOf('mid'));
  const mid = await clientWith(parameters);
  await mid.logon();
  assert.equal(mid.application.operator.login, 'mid');
  assert.equal(mid.application.instanceName, 'mid');
  await mid.NLWS.xtkSession.testCnx();
});

check('a password lies encrypted in the database, under a key that each instance has', async () => {
  const client = await connect(HERE);
  const { password } = await encrypted(client, ACCOUNT);
  assert.match(password, /^@[A-Za-z0-9+/]+=*$/);
  assert.ok(!password.includes('mid-'));
  assert.equal(Buffer.from(await client.getOption('XtkSecretKey'), 'base64').length, 32);
  const other = await connect('mid');
  assert.notEqual(await other.getOption('XtkSecretKey'), await client.getOption('XtkSecretKey'));
});

check('passwords with any characters are decrypted', async () => {
  const client = await connect(HERE);
  const cipher = await client._getSecretKeyCipher();
  const expected = {
    [ACCOUNT]: 'mid-secret-51c9', oddPassword: 'pä§$ "wörd" €\\', longPassword: 'x'.repeat(200),
  };
  for (const [name, text] of Object.entries(expected)) {
    assert.equal(cipher.decryptPassword((await encrypted(client, name)).password), text);
  }
});

check('what this SDK encrypts is what the server would have stored', async () => {
  const client = await connect(HERE);
  const cipher = await client._getSecretKeyCipher();
  assert.equal(cipher.encryptPassword('mid-secret-51c9'), (await encrypted(client, ACCOUNT)).password);
});

check('an account that does not exist is a fault', async () => {
  const client = await connect(HERE);
  await failed(ofExternalAccount(client, 'nowhere'), /requested database record does not exist/);
  await failed(ofExternalAccount(client, "x' or '1'='1"), /requested database record does not exist/);
});

check('a bulk account has the same type, and leads nowhere', async () => {
  const client = await connect(HERE);
  const parameters = await ofExternalAccount(client, 'defaultEmailBulk');
  assert.equal(parameters._endpoint, '');
});

check('an account of another type is not followed', async () => {
  const client = await connect(HERE);
  await failed(ofExternalAccount(client, 'bounces'), /requested database record does not exist/);
});

check('a password that was changed on the marketing instance only is refused by the mid', async () => {
  const client = await connect(HERE);
  await change(HERE, { accounts: { [ACCOUNT]: { password: 'not-the-mids' } } });
  try {
    const mid = await clientWith(await ofExternalAccount(client, ACCOUNT));
    await refused(mid.logon(), { statusCode: 403, detail: /^XSV-350012/ });
  } finally {
    await change(HERE, { accounts: { [ACCOUNT]: { password: 'mid-secret-51c9' } } });
  }
  const mid = await clientWith(await ofExternalAccount(client, ACCOUNT));
  await mid.logon();
});
