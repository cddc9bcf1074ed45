// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A reporter of node's test runner: one line of JSON for each check, and one for each note that a check leaves.

const describe = (error) => {
  const cause = error?.cause ?? error;
  return [cause?.message ?? String(cause), cause?.stack ?? ''].join('\n');
};

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      yield `${JSON.stringify({
        check: data.name,
        outcome: data.skip !== undefined || data.todo !== undefined ? 'skipped' : type.slice('test:'.length),
        seconds: (data.details?.duration_ms ?? 0) / 1000,
        error: type === 'test:fail' ? describe(data.details?.error) : '',
      })}\n`;
    } else if (type === 'test:diagnostic' && data.message.startsWith('{')) {
      yield `${data.message}\n`;
    }
  }
}
