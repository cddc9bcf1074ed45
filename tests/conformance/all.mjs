// Copyright: (c) 2026, campaign.classic maintainers
// GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// All checks, in one process and one after the other: they share the simulator's clock.

import { readdirSync } from 'node:fs';

const folder = new URL('checks/', import.meta.url);
for (const name of readdirSync(folder).sort()) {
  if (name.endsWith('.mjs')) await import(new URL(name, folder));
}
