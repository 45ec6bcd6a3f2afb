#!/usr/bin/env python3
"""Container events as NDJSON for the speed table: deterministic, skewed, with optional fields, escapes and non-ASCII text.

Usage: make_events.py MEGABYTES [SEED] > k8s.ndjson
"""
import itertools
import json
import random
import sys

size, seed = int(float(sys.argv[1]) * 1e6), int(sys.argv[2]) if len(sys.argv) > 2 else 1
rng = random.Random(seed)
SOURCES = {'docker:daemon': ['create', 'start', 'stop', 'pull', 'exec_start'], 'kubernetes:event': ['create', 'start', 'pull', 'kill'],
           'kube:audit': ['get', 'list', 'watch', 'patch', 'create'], 'app:log': ['log'], 'flow': ['forwarded', 'dropped'],
           'containerd': ['task_start', 'task_exit'], 'systemd': ['start', 'stop'], 'alert': ['notice', 'warning']}
PLACES = list(itertools.chain.from_iterable([name] * weight for name, weight in zip(SOURCES, (4, 7, 33, 30, 12, 6, 6, 2))))
WORDS = 'ledger catalog basket invoice media auth gateway router metrics batch stream index crawler mailer cache vault'.split()
USERS = ['root', 'svc-deploy', 'argocd'] + ['system:serviceaccount:%s:%s' % p for p in itertools.product(WORDS[:8], WORDS)] \
    + ['%s%d@example.com' % (w, i) for w in WORDS for i in range(12)]
IMAGES = ['registry.example.com/%s-%s:%d.%d' % (a, b, i % 7, i) for a, b in itertools.product(WORDS, ('api', 'web', 'job')) for i in range(18)]
TEXTS = ['Container %s-%06x in pod %s changed state; exit code %d', 'user "%s" listed pods %06x of %s from kubectl/v1.2%d',
         'probe failed on %s.%06x.%s after %d tries\\', 'executed process: /bin/sh -c "cd /srv/%s && ./run --id %06x %s %d"',
         'Sitzung für %s %06x über %s bestätigt (%d)']


def skewed(items):
    return items[int(len(items) ** rng.random()) - 1]


made, row = 0, 0
while True:
    source = rng.choice(PLACES)
    time = 1714521600 + row / 20 + rng.random()
    event = {'_time': round(time, 3), 'host': 'node-%03d' % rng.randrange(120), 'index': 'k8s', 'sourcetype': source, 'severity': 'info',
             'action': rng.choice(SOURCES[source]), 'user': skewed(USERS), 'image': skewed(IMAGES),
             'src_ip': '10.%d.%d.%d' % (rng.randrange(16), rng.randrange(256), rng.randrange(16)), 'status': rng.choice((200, 200, 200, 404, 500)),
             'bytes': int(40 * 2 ** (rng.random() * 18)), 'duration_ms': round(rng.paretovariate(0.7), 1),
             'container': {'id': '%012x' % rng.getrandbits(48), 'name': rng.choice(WORDS), 'privileged': rng.random() < .01},
             'k8s': {'namespace': rng.choice(WORDS), 'labels': {'app': rng.choice(WORDS), 'tier': 'backend'}}}
    if rng.random() < 0.04:
        del event['user']
    if rng.random() < 0.2:
        event['tags'] = rng.sample(('pci', 'edge', 'blue', 'eu'), rng.randrange(3))
    text = rng.choice(TEXTS) % (rng.choice(WORDS), rng.getrandbits(24), rng.choice(WORDS), rng.randrange(100))
    if rng.random() < 0.001:
        text += rng.choice((' via nsenter -t 1', ' the owner consentered'))
    event['message'] = text
    line = json.dumps(event, ensure_ascii=False, separators=(',', ':')).encode() + b'\n'
    made += len(line)
    if made > size:
        break
    sys.stdout.buffer.write(line)
    row += 1
