#!/usr/bin/env python3
"""Writes the sample logs of this folder: a day of ordinary rollouts on two nodes, and one intruder.

Deterministic: the same bytes every time. Run it after changing it; its output is committed.
The derived fields action, user and image are in the events, as a search-time field extraction would add them.
"""
import json
import random
from datetime import datetime, timezone

rng = random.Random(1610)
DAY = 1715644800                                    # 2024-05-14T00:00:00Z
IMAGES = ['registry.corp.example/%s:%s' % (name, tag) for name, tag in (
    ('web', '2.4.1'), ('api', '1.9'), ('cart', '0.31.2'), ('billing', '5.0.7'), ('mailer', '1.2'), ('report', '3.3.3'))]
ROGUE = 'ghcr.io/xmrig/xmrig:6.21'
ALPINE = 'docker.io/library/alpine:3.19'


def iso(t, digits=9):
    return datetime.fromtimestamp(int(t), timezone.utc).strftime('%Y-%m-%dT%H:%M:%S') + (
        '.%0*d' % (digits, int((t % 1) * 10 ** digits)) if digits else '') + 'Z'


def cid():
    return '%012x' % rng.getrandbits(48)


def moments(count, first=DAY, last=DAY + 86400):
    return sorted(first + rng.random() * (last - first) for _ in range(count))


# --- dockerd, logfmt: one joined line a call, and the noise between -----------------------------------------------
def docker_daemon():
    lines = []

    def call(t, action, user, image, host='node-1', msg=None):
        c = cid()
        path = {'create': 'POST /v1.45/containers/create?name=' + image.split('/')[-1].split(':')[0] + '-' + c[:4],
                'start': 'POST /v1.45/containers/%s/start' % c, 'stop': 'POST /v1.45/containers/%s/stop' % c,
                'destroy': 'DELETE /v1.45/containers/%s' % c,
                'exec_create': 'POST /v1.45/containers/%s/exec' % c}[action]
        lines.append((t, 'time="%s" level=debug msg="Calling %s" sourcetype=docker:daemon host=%s action=%s user=%s '
                         'image=%s container=%s' % (iso(t), msg or path, host, action, user, image, c)))

    for t in moments(70):
        image, host = rng.choice(IMAGES), rng.choice(('node-1', 'node-2'))
        user = rng.choice(('svc-deploy',) * 6 + ('root',))
        call(t, 'create', user, image, host)
        call(t + 0.6, 'start', user, image, host)
        if rng.random() < 0.5:
            call(t + 600 * rng.random(), 'stop', user, image, host)
    for t in moments(60):
        lines.append((t, 'time="%s" level=info msg="ignoring event" sourcetype=docker:daemon host=node-1 container=%s '
                         'module=libcontainerd namespace=moby topic=/tasks/delete' % (iso(t), cid())))
    for t in moments(6):
        lines.append((t, 'time="%s" level=error msg="Handler for GET /v1.45/containers/%s/json returned error: '
                         'No such container: %s" sourcetype=docker:daemon host=node-2' % (iso(t), cid(), cid())))
    t = DAY + 33151.402
    call(t, 'create', 'jdoe', ALPINE)
    call(t + 0.62, 'start', 'jdoe', ALPINE)
    call(t + 9.1, 'exec_create', 'jdoe', ALPINE)
    call(t + 1800, 'destroy', 'jdoe', ALPINE)
    return '\n'.join(text for _, text in sorted(lines)) + '\n'


# --- docker events: no caller is ever named in them ------------------------------------------------------------------
def docker_events():
    rows = []
    for t in moments(90):
        image = rng.choice(IMAGES)
        action = rng.choice(('create', 'start', 'die', 'destroy', 'health_status: healthy', 'exec_start: sh -c id'))
        rows.append({'Type': 'container', 'Action': action,
                     'Actor': {'ID': cid(), 'Attributes': {'image': image, 'name': image.split('/')[-1].split(':')[0]}},
                     'scope': 'local', 'time': int(t), 'timeNano': int(t * 1e9), 'sourcetype': 'docker:events',
                     'host': 'node-1', 'action': action.split(':')[0], 'image': image})
    return rows


# --- Kubernetes events: a user only where the deployment pipeline added one -------------------------------------------
def kubernetes_events():
    rows = []
    verb = {'Created': 'create', 'Started': 'start', 'Killing': 'kill', 'Pulled': 'pull', 'BackOff': 'backoff',
            'Scheduled': 'scheduled', 'Unhealthy': 'unhealthy'}

    def event(t, reason, pod, image, user=None, action=None, node='node-2'):
        row = {'kind': 'Event', 'metadata': {'name': '%s.%x' % (pod, rng.getrandbits(32)), 'namespace': 'default',
                                             'creationTimestamp': iso(t, 0)},
               'involvedObject': {'kind': 'Pod', 'namespace': 'default', 'name': pod,
                                  'fieldPath': 'spec.containers{%s}' % pod.rsplit('-', 1)[0]},
               'reason': reason, 'message': '%s container %s' % (reason, pod.rsplit('-', 1)[0]),
               'source': {'component': 'kubelet', 'host': node}, 'time': iso(t, 0), 'count': 1, 'type': 'Normal',
               'sourcetype': 'kubernetes:event', 'host': node, 'action': action or verb[reason], 'image': image}
        if user:
            row['user'] = user
        rows.append((t, row))

    for t in moments(60):
        image = rng.choice(IMAGES)
        pod = '%s-%04x' % (image.split('/')[-1].split(':')[0], rng.getrandbits(16))
        user = rng.choice((None, None, 'svc-deploy'))
        for i, reason in enumerate(('Scheduled', 'Pulled', 'Created', 'Started')):
            event(t + i * 0.8, reason, pod, image, user)
    for t in moments(40):
        image = rng.choice(IMAGES)
        event(t, rng.choice(('Unhealthy', 'BackOff', 'Killing')), 'web-%04x' % rng.getrandbits(16), image)
    t = DAY + 33603
    event(t, 'Created', 'miner-7d9f', ROGUE, 'mallory')
    event(t + 1, 'Started', 'miner-7d9f', ROGUE, 'mallory', action='START')
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


# --- the API server's audit log --------------------------------------------------------------------------------------
def kubernetes_audit():
    rows = []

    def request(t, verb, user, name, image=None, code=200, resource='pods', privileged=False):
        row = {'kind': 'Event', 'apiVersion': 'audit.k8s.io/v1', 'level': 'RequestResponse' if image else 'Metadata',
               'auditID': '%08x' % rng.getrandbits(32), 'stage': 'ResponseComplete', 'verb': verb,
               'requestURI': '/api/v1/namespaces/default/' + resource, 'user': {'username': user, 'groups': [
                   'system:authenticated']}, 'sourceIPs': ['10.1.%d.%d' % (rng.randrange(4), rng.randrange(1, 250))],
               'objectRef': {'resource': resource, 'namespace': 'default', 'name': name},
               'responseStatus': {'code': code}, 'requestReceivedTimestamp': iso(t, 6),
               'sourcetype': 'kube:apiserver:audit', 'host': 'control-1', 'action': verb}
        if image:
            row['requestObject'] = {'kind': 'Pod', 'spec': {'hostPID': privileged, 'containers': [
                {'name': name.rsplit('-', 1)[0], 'image': image, 'securityContext': {'privileged': privileged}}]}}
        rows.append((t, row))

    for t in moments(140):
        verb = rng.choice(('get', 'list', 'watch', 'get', 'patch'))
        request(t, verb, rng.choice(('system:node:node-1', 'system:node:node-2', 'svc-deploy', 'kube-scheduler', 'ana')),
                'web-%04x' % rng.getrandbits(16), code=rng.choice((200, 200, 200, 404)))
    for t in moments(30):
        image = rng.choice(IMAGES)
        request(t, 'create', 'svc-deploy', image.split('/')[-1].split(':')[0] + '-%04x' % rng.getrandbits(16), image, 201)
    request(DAY + 33601.1, 'create', 'mallory', 'miner-7d9f', ROGUE, 201, privileged=True)
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def main():
    with open('docker-daemon.log', 'w') as out:
        out.write(docker_daemon())
    for name, rows in (('docker-events.ndjson', docker_events()), ('kubernetes-events.ndjson', kubernetes_events()),
                       ('kubernetes-audit.ndjson', kubernetes_audit())):
        with open(name, 'w') as out:
            for row in rows:
                out.write(json.dumps(row, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
