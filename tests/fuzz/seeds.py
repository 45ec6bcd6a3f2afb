#!/usr/bin/env python3
"""Writes a corpus for every harness: what the plain-text tests hold, and some seeds that stand here.

Usage: seeds.py SOURCE_ROOT DIR
"""
import json
import random
import re
import sys
from pathlib import Path

root, out = Path(sys.argv[1]), Path(sys.argv[2])
counts = {}

INPUTS = {
    'ndjson': ['{"a":1,"b":"x\\u00e9\\n","c":[1,"q",null],"o":{"k":{"v":[{"z":2}]}},"time":"2024-05-14T09:11:00Z"}\n{"a":\n{}\n',
               ' {"_time":1700000000.25,"a":-0.0e+7,"a":true}\r\n\n[1]\n"x"\n{"a":"\\ud83d\\ude00"}', '{"a":"\\"}\\\\"}\n{"":1}'],
    'json': ['[{"a":1},{"a":[1,2]},\n{"b":{"c":"x"}}]', '{"a":1} {"a":2}\n{"a"\n:3}', '[]', '[{"a":1},', '{"a":1}x'],
    'csv': ['a,b,_time\n1,"x ""y""\nz",1700000000\n2,,\n3\n4,5,6,7\n', '\ufeffa,a,"b c"\r\n1,2,3\r\n', '"a\n'],
    'tsv': ['a\tb\n1\tx\\ty\n2\t\n', 'a\tb'],
    'kv': ['time=2024-05-14T09:11:00Z level=error msg="no \\"such\\" file" a=1 b= c="" d\n', 'a=1, b=2; c=[x] {"a":1}\n'],
    'raw': ['2024-05-14 09:11:00,123 ERROR root x\n\n\x00\xff error\r\nlast', 'May 14 09:11:00 h app[1]: error\n'],
    'hec': ['{"time":1700000000.5,"host":"h","event":{"a":1},"fields":{"b":"x","m":["p","q"]}}{"event":"error text"}\n{"event":[1]}'],
    'syslog': ['<34>1 2024-05-14T09:11:00.003Z h su 77 ID47 [x@1 a="1" b="\\"]"] root x\n<13>May  4 09:11:00 h app: error\n', '<999>'],
}
XML = ['<r a="1"><a>root&lt;</a><b k=\'x\'>1</b><b><c><![CDATA[<q>]]></c></b><!-- x --></r>\n<r><a>&#x72;oot</a>\n',
       "<Event xmlns='http://x'><System><EventID>1</EventID><TimeCreated SystemTime='2024-05-14T09:11:00.1Z'/></System>"
       "<EventData><Data Name='User'>root</Data><Data Name='E'/></EventData></Event>\n<?xml version='1.0'?><!DOCTYPE r []><r/>"]
TABLES = ['PID USER      %CPU A\n  1 root       0.3 x y\n 42 daemon   99.9\n\nA B\n1 2\n', 'top - 10:00\n\n  A   B C\n --- ---\n1\t2 3\r\n 4   5\n\nC D\n6 7']
INPUTS['escaped'] = INPUTS['kv'] + ['a="x\\"y\\\\" b="\\" c=1']
INPUTS['xml'] = XML
INPUTS['xml_events'] = [json.dumps({'_raw': text, 'a': 1, 'host': 'h'}) + '\n' for text in XML]
INPUTS['tables'] = TABLES
INPUTS['table_events'] = [json.dumps({'event': text, 'time': 5, 'fields': {'a': [1, 'x']}}) for text in TABLES]
MODES = {'escaped': ('kv', 1), 'xml': ('kv', 3), 'xml_events': ('ndjson', 3), 'tables': ('kv', 5), 'table_events': ('hec', 5)}
MANY_ROWS = re.compile(r'(makeresults +(count *= *)?|mvrange\(0, *)\d{4}')       # such seeds, and what is made of them, are slow
FORMATS = ['ndjson', 'json', 'csv', 'tsv', 'kv', 'raw', 'auto', 'hec', 'syslog']      # as fuzz_reader numbers them
INPUTS['auto'] = [text for texts in INPUTS.values() for text in texts[:1]]
OTHERS = {
    'time': ['%Y-%m-%d %H:%M:%S.%3N %z\nEurope/Berlin\n2023-11-14 22:13:20.123 +0100', '-1d@d+6h\nUTC+2\n2023',
             '%s.%6Q %Z %A %B %e %j %p %I %T %F %c %:z %y %k\nAmerica/New_York\n1700000000.123456 EST'],
    'conf': ['[default]\na = 1\n[x]\nb = 2 \\\n # 3\nc\n[y[z]] # d\n\0[x]\nb = 4\n', b'\xff\xfe[\0a\0]\0\r\0\n\0x\0=\0=\xd8\0\xde', '\ufeff;\r[a\r = 1\rb=\\'],
    'regex': ['\x01(?<user>\\w+)@(?<host>[^.]+)\\.(com|org)$\nroot@node.com x@y.org', '\x00(?i)a+b*?(?=c)\\1{2,3}\naabc',
              '\x04(foo|foobar|[[:alpha:]]{3})\\b\nfoobar f\u00fc\u00fc'],
    'patterns': ['*web?a*b*\nxwebaab', '10.0.0.0/8\n10.2.3.4', 'fe80::1%1\n::', 'error*timeout\nan ERROR: timeouts', 'K%_a%\nKkaa'],
    # Format, size of the pieces, options; only a beginning says that an input is packed.
    'reader': [b'\x02\x01\n\0\n\x1f\x8b\x08', b'\x00\x01\x00\n\x28\xb5\x2f\xfd\n', b'\x05\x03\x01\x1f\x8b', b'\x06\x01\x04\xef\xbb\xbf\n{"a":1}\n',
               b'\x06\x01\x00a,b\n1,"x\nz",2\n3,4\n', b'\x06\x03\x00[\n\n{"a":1},\n{"a":2}]'],
    'values': ['{"a":[1,2.5e-3,{"b":"\\u00e9\\ud83d"}],"c":null}', '-12345678901234567890.125e-300', 'nan', '9007199254740993'],
}


def put(harness, data):
    folder = out / harness
    folder.mkdir(parents=True, exist_ok=True)
    counts[harness] = counts.get(harness, 0) + 1
    (folder / ('seed-%04d' % counts[harness])).write_bytes(data if isinstance(data, bytes) else data.encode())


def sections(path):
    """(name, text) of every section of a .test file."""
    name, lines = None, []
    for line in path.read_text().split('\n') + ['']:
        if line.startswith('  ') and name:
            lines.append(line[2:])
            continue
        if name:
            yield name, '\n'.join(lines)
        name, lines = (line if line and not line.startswith('#') else None), []


for name, texts in INPUTS.items():
    for text in texts:
        for query in range(0, 9):
            put(name, bytes([query, 5]) + text.encode('utf-8', 'surrogateescape'))
        for options in (0, 1, 6, 10):
            form, mode = MODES.get(name, (name, 0))         # a number of a format, and KV modes as these are numbered
            put('reader', bytes([FORMATS.index(form) + len(FORMATS) * mode, 2 * options + 1, options]) + text.encode('utf-8', 'surrogateescape'))
for name, texts in OTHERS.items():
    for text in texts:
        put(name, text)
choices = random.Random(1)
for size in range(4, 204):
    put('grammar', choices.randbytes(size // 2))
for page in sorted((root / 'examples').rglob('*.md')):
    put('markdown', page.read_bytes())
seen = set()
for path in sorted((root / 'tests').rglob('*.test')):
    for name, text in sections(path):
        if name == 'query' and len(text) < 400 and text not in seen and not MANY_ROWS.search(text):
            seen.add(text)
            put('query', text)
            put('syntax', text)
            for clause in text.split('|'):
                words = clause.split(None, 1)
                if len(words) == 2 and words[0] in ('eval', 'where'):
                    put('expression', words[1].split('=', 1)[-1] if words[0] == 'eval' else 'if(' + words[1].strip() + ',1,0)')
        if name == 'input' and len(text) < 1000 and text not in seen:
            seen.add(text)
            put('ndjson' if text.startswith('{') else 'auto', bytes([len(text) % 8, 3]) + text.encode())
