#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Adobe's SDK for Campaign, @adobe/acc-js-sdk, between XML and objects: what its DomUtil reads from an element that has children and a text, it writes without the
# children. Of numbers in a list and of a Date it writes empty elements, without an error. A text in a list is an error.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
npm install --silent --no-audit --no-fund @adobe/acc-js-sdk@1.2.0 > npm.txt 2>&1 || exit 2
cat > look.js <<'JS'
const { DomUtil } = require('@adobe/acc-js-sdk');
const written = (object) => DomUtil.toXMLString(DomUtil.fromJSON('row', object));
console.log(`@adobe/acc-js-sdk ${require('@adobe/acc-js-sdk/package.json').version}, node ${process.version}`);
const xml = '<row><note>see <b n="1"/></note></row>';
const read = DomUtil.toJSON(DomUtil.parse(xml));
const seen = [written(read), written({ size: [3, 4] }), written({ day: new Date(0) }), written({ size: 3 })];
console.log(`  ${xml} is read as ${JSON.stringify(read)} and written as ${seen[0]}`);
console.log(`  a list of numbers: ${seen[1]}, a Date: ${seen[2]}, a number: ${seen[3]}`);
const expected = ['<row><note>see</note></row>', '<row><size/><size/></row>', '<row><day/></row>', '<row size="3"/>'];
let error = '';
try { written({ size: ['a', 'b'] }); } catch (thrown) { error = thrown.message; }
console.log(`  a list of texts: ${error}`);
if (JSON.stringify(seen) !== JSON.stringify(expected) || !error) { console.log('changed'); process.exit(1); }
JS
node look.js
