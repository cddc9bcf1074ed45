#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# awx.awx.workflow_job_template_node sends no value that is false, empty or zero. A node keeps extra_data, all_parents_must_converge or a limit that
# the task takes away: nothing is sent, and the task says ok. With another value it is sent, and the same module of a job template sends false.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
# The bundle of collections that has awx.awx 24.6.1.
"$made/bin/python" -m pip --quiet --disable-pip-version-check download --no-deps --dest bundle ansible==13.8.0 > /dev/null 2>&1 || exit 2
"$made/bin/python" - <<'PY' || exit 2
import glob, zipfile
with zipfile.ZipFile(glob.glob("bundle/*.whl")[0]) as wheel:
    wheel.extractall("collections", [name for name in wheel.namelist() if name.startswith("ansible_collections/awx/awx/")])
PY
# A node and a template as an AWX has them, and what is sent to change them.
cat > server.py <<'PY'
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
API = "/api/v2/"
THERE = {
    "workflow_job_templates": {"id": 1, "type": "workflow_job_template", "name": "flow"},
    "workflow_job_template_nodes": {"id": 2, "type": "workflow_job_template_node", "identifier": "node", "limit": "some",
                                    "extra_data": {"colour": "red"}, "all_parents_must_converge": True,
                                    "workflow_job_template": 1},
    "job_templates": {"id": 3, "type": "job_template", "name": "job", "allow_simultaneous": True, "limit": "some"},
}
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = self.path.partition("?")[0].removeprefix(API).strip("/").split("/")
        one = {**THERE[parts[0]], "url": f"{API}{parts[0]}/{THERE[parts[0]]['id']}/", "related": {}, "summary_fields": {}}
        results = [one] if len(parts) == 1 else []
        self.answer(one if len(parts) == 2 else {"count": len(results), "next": None, "previous": None, "results": results})
    def do_PATCH(self):
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print(self.path.removeprefix(API), sent, flush=True)
        THERE[self.path.removeprefix(API).split("/")[0]].update(json.loads(sent))
        self.do_GET()
    def answer(self, found):
        body = json.dumps(found).encode()
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)),
                            "X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = HTTPServer(("127.0.0.1", 0), Handler)
with open("ready", "w") as ready:
    print(server.server_port, file=ready)
server.serve_forever()
PY
mkfifo ready
"$made/bin/python" server.py > sent.txt &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
read -r port < ready
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/awx.awx.controller: {controller_host: "http://127.0.0.1:{{ port }}", controller_oauthtoken: x}
  tasks:
    - name: a node with other values
      awx.awx.workflow_job_template_node: {identifier: node, workflow_job_template: flow, success_nodes: [], limit: others, extra_data: {colour: blue}}
    - name: a node without them
      awx.awx.workflow_job_template_node:
        {identifier: node, workflow_job_template: flow, success_nodes: [], limit: "", extra_data: {}, all_parents_must_converge: false}
    - name: a job template without them
      awx.awx.job_template: {name: job, limit: "", allow_simultaneous: false}
YAML
export ANSIBLE_COLLECTIONS_PATH=$folder/collections no_proxy=127.0.0.1
PATH=$made/bin:$PATH
ansible-playbook --version | sed -n 1p
sed -n 's/.*"version": "\(.*\)".*/awx.awx \1/p' collections/ansible_collections/awx/awx/MANIFEST.json | sed -n 1p
ansible-playbook play.yml -e "port=$port" > out.txt 2>&1
said=$(grep -oE '^(TASK \[[a-z ]+|ok|changed|fatal)' out.txt | sed 's/TASK .//' | paste -d: - - | tee said.txt | tr '\n' ';')
sed 's/^/  /' said.txt
sed 's/^/  sent: /' sent.txt
sent=$(grep -c . sent.txt)
[ "$said" = "a node with other values:changed;a node without them:ok;a job template without them:changed;" ] && [ "$sent" = 2 ] &&
  grep -q '"colour": "blue"' sent.txt && grep -q '^job_templates/3/ .*"allow_simultaneous": false' sent.txt && exit 0
echo changed
exit 1
