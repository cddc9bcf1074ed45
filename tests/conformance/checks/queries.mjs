// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Queries: operations, pages, orders and conditions (campaign_facts, Calls and Queries).

import { assert, check, connect, failed, having, nodes, now, sdk, select, where } from '../harness.mjs';

const HERE = 'queries';

/** Names of options, in the order of the answer. */
const names = async (client, condition, more = {}) =>
  (await select(client, {
    schema: 'xtk:option', select: nodes('@name'), where: where(condition), orderBy: nodes('@name'), ...more,
  })).map(({ name }) => name);

const query = (client, operation, condition, more = {}) =>
  client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option', operation, select: nodes('@id', '@name', '@dataType'), where: where(condition), ...more,
  }).executeQuery();

check('get gives the one row', async () => {
  const client = await connect(HERE);
  const found = await query(client, 'get', "@name = 'page03'");
  assert.deepEqual([found.name, found.dataType], ['page03', '3']);
});

check('get of nothing is a fault', async () => {
  const client = await connect(HERE);
  await failed(query(client, 'get', "@name = 'nothing'"), /requested database record does not exist/);
});

check('getIfExists gives the row, or nothing', async () => {
  const client = await connect(HERE);
  assert.equal((await query(client, 'getIfExists', "@name = 'page03'")).name, 'page03');
  assert.equal(await query(client, 'getIfExists', "@name = 'nothing'"), null);
});

check('select gives a list, also of one and of none', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await names(client, "@name like 'page0%'"), [
    'page00', 'page01', 'page02', 'page03', 'page04', 'page05', 'page06', 'page07', 'page08', 'page09',
  ]);
  assert.deepEqual(await names(client, "@name = 'page03'"), ['page03']);
  assert.deepEqual(await names(client, "@name = 'nothing'"), []);
});

check('count gives a number, also none', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await query(client, 'count', "@name like 'page%'"), { count: '25' });
  assert.deepEqual(await query(client, 'count', "@name = 'nothing'"), { count: '0' });
});

check('rows come in the order asked for', async () => {
  const client = await connect(HERE);
  const falling = await names(client, "@name like 'page0%'", {
    orderBy: { node: [{ expr: '@longValue', sortDesc: true }] },
  });
  assert.deepEqual(falling, (await names(client, "@name like 'page0%'")).reverse());
  assert.equal(falling[0], 'page09');
  const twice = await names(client, "@name like 'page0%'", {
    orderBy: { node: [{ expr: '@dataType' }, { expr: '@longValue', sortDesc: true }] },
  });
  assert.deepEqual(twice, falling);
});

check('pages follow each other without a gap or a double', async () => {
  const client = await connect(HERE);
  const found = [];
  for (let start = 0; ; start += 4) {
    const page = await names(client, "@name like 'page%'", { lineCount: 4, startLine: start });
    found.push(...page);
    if (page.length < 4) break;
  }
  assert.equal(found.length, 25);
  assert.deepEqual(found, await names(client, "@name like 'page%'"));
});

check('with the measured quirk a page begins with the last row of the page before', async () => {
  const client = await connect(HERE);
  await having(HERE, { switches: { start_line: 'off_by_one' } }, { switches: { start_line: 'exact' } }, async () => {
    const first = await names(client, "@name like 'page%'", { lineCount: 4, startLine: 0 });
    const second = await names(client, "@name like 'page%'", { lineCount: 4, startLine: 4 });
    assert.equal(second[0], first[3]);
  });
});

check('paging by key needs no startLine', async () => {
  const client = await connect(HERE);
  const ids = [];
  for (let last = -(2 ** 31); ;) {
    const page = await select(client, {
      schema: 'xtk:option', lineCount: 7, select: nodes('@id'), orderBy: nodes('@id'),
      where: where("@name like 'page%'", `@id > ${last}`),
    });
    if (page.length === 0) break;
    ids.push(...page.map(({ id }) => Number(id)));
    last = ids.at(-1);
  }
  assert.equal(new Set(ids).size, 25);
  assert.equal(ids.length, 25);
});

check('without a number of lines the answer is capped', async () => {
  const client = await connect(HERE);
  await having(HERE, { switches: { row_cap: 5 } }, { switches: { row_cap: 200 } }, async () => {
    assert.equal((await names(client, "@name like 'page%'")).length, 5);
    assert.equal((await names(client, "@name like 'page%'", { lineCount: 20 })).length, 20);
  });
});

check('quotes and backslashes go through the SDK\'s escaping', async () => {
  const client = await connect(HERE);
  for (const text of ["Rock 'n' Roll", 'back\\slash', "both \\' ways", 'a "double" one', "' or 1=1 or '"]) {
    assert.deepEqual(await names(client, sdk.escapeXtk`@stringValue = ${text}`), [`text ${text}`]);
  }
});

check('wildcards of LIKE are wildcards, and the SDK can make them plain', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await names(client, "@name like 'like:%b'"), [
    'like:100%b', 'like:100xb', 'like:a$b', 'like:a_b', 'like:axb',
  ]);
  assert.deepEqual(await names(client, "@name like 'like:a_b'"), ['like:a$b', 'like:a_b', 'like:axb']);
  assert.deepEqual(await names(client, `@name like '${sdk.escapeForLike('like:a_b')}'`), ['like:a_b']);
  assert.deepEqual(await names(client, `@name like '${sdk.escapeForLike('like:100%')}%'`), ['like:100%b']);
  const joined = `@name like '%' + '${sdk.escapeForLike("n' Rol")}' + '%'`;
  assert.deepEqual(await names(client, joined), ["text Rock 'n' Roll"]);
});

check('a dollar is a character, also as the SDK spells it', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await names(client, `@name = '${sdk.escapeForLike('like:a$b', true)}'`), ['like:a$b']);
});

check('conditions stand side by side for AND, and take OR, NOT and parentheses', async () => {
  const client = await connect(HERE);
  const both = await names(client, "@name like 'page%'", {
    where: where("@name like 'page%'", '@longValue >= 3', '@longValue < 5'),
  });
  assert.deepEqual(both, ['page03', 'page04']);
  assert.deepEqual(await names(client, "@name = 'page01' or (@name like 'page1%' and not (@longValue <> 12))"), [
    'page01', 'page12',
  ]);
  const spelled = { condition: [
    { expr: "@name = 'page01'", 'bool-operator': 'OR' }, { expr: "@name = 'page02'" },
  ] };
  assert.deepEqual(await names(client, '', { where: spelled }), ['page01', 'page02']);
  const exported = { condition: [{ expr: "@name = 'page01'", boolOperator: 'OR' }, { expr: "@name = 'page02'" }] };
  assert.deepEqual(await names(client, '', { where: exported }), ['page01', 'page02']);
});

check('lists, nulls and comparisons', async () => {
  const client = await connect(HERE);
  assert.deepEqual(await names(client, "@name in ('page01', 'page02', 'nothing')"), ['page01', 'page02']);
  assert.deepEqual(await names(client, "@dataType = 7 and @timeStampValue is null"), ['date:none']);
  assert.deepEqual(await names(client, '@dataType = 7 and @timeStampValue is not null'), [
    'date:long ago', 'date:recent',
  ]);
  assert.deepEqual(await names(client, "@name like 'page%' and @longValue > 20 and @longValue != 22"), [
    'page21', 'page23', 'page24',
  ]);
});

check('dates are compared as the SDK writes them, and with the server\'s clock', async () => {
  const client = await connect(HERE);
  const day = new Date((await now()).getTime() - 86_400_000);
  const constant = sdk.xtkConstText(day, 'datetime');
  assert.match(constant, /^#\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#$/);
  assert.deepEqual(await names(client, `@timeStampValue > ${constant}`), ['date:recent']);
  assert.deepEqual(await names(client, '@timeStampValue < DaysAgo(30)'), ['date:long ago']);
  assert.deepEqual(await names(client, '@timeStampValue >= SubHours(GetDate(), 24)'), ['date:recent']);
  assert.deepEqual(await names(client, '@timeStampValue < #2021/01/01#'), ['date:long ago']);
});

check('a link leads to the attributes of another schema', async () => {
  const client = await connect(HERE);
  const [workflow] = await select(client, {
    schema: 'xtk:workflow', select: nodes('@internalName', '[folder/@label]', '[folder/@name]'),
    where: where("@internalName = 'tracking'"),
  });
  assert.deepEqual(workflow.folder, { label: 'Technical workflows', name: 'technicalWorkflows' });
  const lines = await select(client, {
    schema: 'xtk:workflowLog', lineCount: 1, select: nodes('@id', '[workflow/@label]', '[@workflow-id]'),
    where: where("[workflow/@internalName] = 'tracking'"), orderBy: nodes('@id'),
  });
  assert.equal(lines[0].workflow.label, 'Tracking');
  assert.match(lines[0]['workflow-id'], /^\d+$/);
});

check('an alias moves a value in the answer', async () => {
  const client = await connect(HERE);
  const [workflow] = await select(client, {
    schema: 'xtk:workflow', where: where("@internalName = 'tracking'"),
    select: { node: [{ expr: '[folder/@label]', alias: '@folderLabel' }] },
  });
  assert.equal(workflow.folderLabel, 'Technical workflows');
  assert.equal(workflow.folder, undefined);
});

check('an analysed enumeration comes with its name and label', async () => {
  const client = await connect(HERE);
  const [workflow] = await select(client, {
    schema: 'xtk:workflow', where: where("@internalName = 'tracking'"),
    select: { node: [{ expr: '@state', analyze: true }] },
  });
  assert.deepEqual([workflow.state, workflow.stateName, workflow.stateLabel], ['11', 'started', 'Started']);
  const [plain] = await select(client, {
    schema: 'xtk:workflow', where: where("@internalName = 'tracking'"), select: nodes('@state'),
  });
  assert.equal(plain.stateName, undefined);
});

check('rows are counted by groups', async () => {
  const client = await connect(HERE);
  const rows = await select(client, {
    schema: 'xtk:option', where: where("@name like 'page%' or @name like 'date:%'"),
    select: { node: [{ expr: '@dataType', groupBy: true }, { expr: 'Count(@id)', alias: '@many' }] },
    orderBy: nodes('@dataType'),
  });
  assert.deepEqual(rows, [{ dataType: '3', many: '25' }, { dataType: '7', many: '3' }]);
});

check('an unknown attribute fails the whole query', async () => {
  const client = await connect(HERE);
  const detail = /Attribute 'nope' unknown[^]*XTK-170036 Unable to parse expression/;
  await failed(query(client, 'select', '@nope = 1'), detail);
  await failed(query(client, 'select', '@id > 0', { select: nodes('@id', '@nope') }), detail);
  await failed(query(client, 'select', '@id > 0', { orderBy: nodes('@nope') }), detail);
});

check('what cannot be parsed faults, and never becomes all rows', async () => {
  const client = await connect(HERE);
  for (const expression of ["@name = 'open", '@id >', 'NoSuchFunction(@id) = 1', '@id = 1; drop', '(@id = 1']) {
    await failed(query(client, 'select', expression), /XTK-170036 Unable to parse expression/);
  }
});

check('an unknown schema or operation faults', async () => {
  const client = await connect(HERE);
  await failed(query(client, 'select', '@id > 0', { schema: 'cus:unknown' }), /unknown/i);
  await failed(query(client, 'explode', '@id > 0'), /./);
});

check('SelectAll fills the query with every column, and reads nothing', async () => {
  const client = await connect(HERE);
  const whole = client.NLWS.xtkQueryDef.create({
    schema: 'xtk:option', operation: 'get', where: where("@name = 'page03'"),
  });
  await whole.selectAll(false);
  const columns = whole.entity.select.node.map(({ expr }) => expr);
  assert.ok(['@id', '@name', '@dataType', '@longValue'].every((name) => columns.includes(name)));
  const found = await whole.executeQuery();
  assert.deepEqual([found.name, found.longValue], ['page03', '3']);
});

check('a mid\'s deliveries are counted and listed', async () => {
  const client = await connect('mid');
  const count = await client.NLWS.xtkQueryDef.create({
    schema: 'nms:delivery', operation: 'count', where: where('@deliveryMode = 4'),
  }).executeQuery();
  assert.deepEqual(count, { count: '600' });
  const rows = await select(client, {
    schema: 'nms:delivery', lineCount: 3, orderBy: nodes('@id'),
    select: { node: [{ expr: '@id' }, { expr: '@state', analyze: true }, { expr: '@lastModified' }] },
  });
  assert.equal(rows.length, 3);
  assert.deepEqual([rows[0].state, rows[0].stateLabel], ['95', 'Finished']);
  assert.match(rows[0].lastModified, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/);
});
