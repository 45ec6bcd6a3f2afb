#!/usr/bin/env python3
"""House rules that a program can check; the reasons stand in lib/README.md.

Usage: house.py SOURCE_ROOT [LIBSPL_SO]
"""
import re
import subprocess
import sys
from pathlib import Path

root = Path(sys.argv[1])
shared = sys.argv[2] if len(sys.argv) > 2 else None
passed = failed = 0

FORBIDDEN = {'exit', '_exit', 'abort', 'printf', 'puts', 'putchar', 'fprintf', 'vprintf', 'perror', 'setenv', 'putenv', 'getenv',
             'secure_getenv', 'setlocale', 'signal', 'sigaction', 'system', 'popen', 'fork', 'atexit', 'longjmp', '__longjmp_chk',
             '__printf_chk', '__fprintf_chk', 'strtod', 'strtol', 'gets', 'tzset', 'localtime', 'mktime', '__fdelt_chk'}
TOP = {'meson.build', 'lib', 'include', 'grammar', 'examples', 'tests', 'bindings', 'README.md', 'LICENSE'}


def check(title, faults):
    global passed, failed
    faults = list(faults)
    if faults:
        failed += 1
        print('FAILED  %s' % title)
        for fault in faults[:20]:
            print('        %s' % fault)
    else:
        passed += 1


def sources(*folders, suffixes=('.c', '.h', '.inc', '.def')):
    for folder in folders:
        for path in sorted((root / folder).rglob('*')):
            if path.suffix in suffixes and 'build' not in path.parts:
                yield path


def ladder():
    """Rung number of each folder of lib/, top rung 0, from the fenced block of lib/README.md."""
    text = (root / 'lib' / 'README.md').read_text()
    block = text.split('```')[1]
    rungs = {}
    number = 0
    for line in block.splitlines():
        words = [w for w in re.match(r'\s*([a-z_ |]*?)(?:\s{2,}|$)', line).group(1).replace('|', ' ').split()]
        words = [w for w in words if (root / 'lib' / w).is_dir()]
        for word in words:
            rungs[word] = number
        number += bool(words)
    return rungs


def layers():
    rungs = ladder()
    for folder in sorted(p.name for p in (root / 'lib').iterdir() if p.is_dir()):
        if folder not in rungs:
            yield 'lib/%s stands on no rung of lib/README.md' % folder
    for path in sources('lib'):
        own = path.relative_to(root / 'lib').parts[0]
        if own not in rungs:
            continue
        for n, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            target = found.group(1).split('/')[0]
            if target in rungs and target != own and rungs[target] <= rungs[own]:
                yield '%s:%d: %s may not include %s' % (path.relative_to(root), n, own, found.group(1))


def neighbours_in_command():
    for path in sources('lib/command'):
        names = {p.stem for p in sources('lib/command', suffixes=('.c',))}
        for n, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"command/([a-z_]+)\.h"', line)
            if found and found.group(1) in names and found.group(1) != path.stem:
                if re.search(r'const struct command\s+command_', (root / 'lib/command' / (found.group(1) + '.c')).read_text()):
                    yield '%s:%d includes another command' % (path.relative_to(root), n)


def public_header_only_in_api():
    for path in sources('lib'):
        if path.relative_to(root / 'lib').parts[0] == 'api':
            continue
        if re.search(r'#\s*include\s+[<"]spl(_extend)?\.h[>"]', path.read_text()):
            yield '%s includes the public header' % path.relative_to(root)


def outside_sees_only_public():
    for path in sources('bindings', 'examples', 'tests/api', 'tests/runner'):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+"([a-z]+)/', line)
            if found and (root / 'lib' / found.group(1)).is_dir():
                yield '%s:%d includes the inside' % (path.relative_to(root), n)


def foreign_headers_once():
    homes = {}
    for path in sources('lib'):
        for found in re.finditer(r'#\s*include\s+<(pcre2|utf8proc|zlib|zstd|xxhash|pthread)\.h>', path.read_text()):
            homes.setdefault(found.group(1), []).append(str(path.relative_to(root)))
    for library, paths in homes.items():
        if len(set(paths)) > 1:
            yield '%s.h is included by %s' % (library, ', '.join(sorted(set(paths))))


def readmes():
    for folder in sorted(p for p in (root / 'lib').iterdir() if p.is_dir()):
        if not (folder / 'README.md').exists():
            yield 'lib/%s has no README.md' % folder.name


def guide_of_commands():
    """Whoever looks for a file of lib/command finds it in the guide; `charting*` stands for several."""
    words = set(re.findall(r'[a-z_0-9]+\*?', (root / 'lib/command/README.md').read_text()))
    for path in sources('lib/command', suffixes=('.c',)):
        if path.stem not in words and path.stem.split('_')[0] + '*' not in words:
            yield '%s is not in lib/command/README.md' % path.name


def sizes():
    for path in sources('lib', 'bindings', 'grammar', suffixes=('.c', '.h', '.y', '.l', '.inc')):
        lines = path.read_text().count('\n')
        if lines > 700:
            yield '%s has %d lines' % (path.relative_to(root), lines)


def codes():
    """Diagnostics have codes of the table, and the table has no others."""
    rows = re.findall(r'^CODE\("([a-z0-9-]+)",\s*([A-Z]+)', (root / 'lib/base/codes.def').read_text(), re.M)
    known = dict(rows)
    text = '\n'.join(path.read_text() for path in sources('lib', 'bindings', suffixes=('.c',)))
    for code in known:
        if '"%s"' % code not in text.replace('\\"', '"'):
            yield '"%s" is in lib/base/codes.def, and nothing reports it' % code
    for found in re.finditer(r'\b(diag_at|diag_warn|diag_note|emit_error|op_fail|error_new|build_fail)\([^";{]*"([a-z0-9-]+)"', text):
        call, code = found.groups()
        if code not in known:
            yield '"%s" is not in lib/base/codes.def' % code
        elif known[code] != 'ERROR' and call not in ('diag_warn', 'diag_note'):
            yield '"%s" is advice, and %s tells it as an error' % (code, call)


def long_lines():
    for path in sources('lib', 'bindings', 'include', 'examples', suffixes=('.c', '.h')):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            if len(line) > 125:
                yield '%s:%d has %d columns' % (path.relative_to(root), n, len(line))


def compiles(text, *words):
    done = subprocess.run(['cc', '-fsyntax-only', '-I', str(root / 'include'), *words, '-'], input=text, capture_output=True,
                          text=True)
    return done.returncode == 0


def headers_alone():
    build = str(Path(shared).parent / 'lib') if shared else str(root)
    for path in sources('lib', suffixes=('.h',)):
        name = path.relative_to(root / 'lib')
        if path.name.endswith('_glue.h') or path.name == 'find_level.h':        # parts of one file
            continue
        if not compiles('#include "%s"\n' % name, '-x', 'c', '-std=c17', '-D_GNU_SOURCE', '-I', str(root / 'lib'), '-I', build):
            yield 'lib/%s' % name


def public_headers_alone():
    for name in ('spl.h', 'spl_extend.h'):
        for words in (['-x', 'c', '-std=c99'], ['-x', 'c', '-std=c17'], ['-x', 'c++', '-std=c++11'], ['-x', 'c++', '-std=c++20']):
            if not compiles('#include <%s>\n' % name, *words, '-pedantic-errors', '-Wall', '-Wextra', '-Werror'):
                yield '%s as %s' % (name, words[-1])


def top_level():
    tracked = subprocess.run(['git', '-C', str(root), 'ls-tree', '--name-only', 'HEAD'], capture_output=True, text=True)
    for name in tracked.stdout.split():
        if name not in TOP and not name.startswith('.'):
            yield name


def left_open():
    for path in sources('lib', 'bindings', 'include', 'grammar', 'examples'):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r'\b(TODO|FIXME|XXX|HACK)\b', line):
                yield '%s:%d: %s' % (path.relative_to(root), n, line.strip())


def static_state():
    """No writable data in the library: nothing global, nothing static that changes."""
    out = subprocess.run(['objdump', '-t', shared], capture_output=True, text=True).stdout
    # The compiler's own: its start-up code, and what it found out about the processor.
    known = {'completed.0', '__dso_handle', '__TMC_END__', '_edata', '__bss_start', '_end', '__cpu_model', '__cpu_features2'}
    for line in out.splitlines():
        parts = line.replace('.hidden', '').split()
        if len(parts) >= 5 and {'.data', '.bss', '.tdata', '.tbss'} & set(parts):
            if parts[-1] not in known and not parts[-1].startswith('.') and int(parts[-2], 16) > 0:
                yield parts[-1]


def exports():
    out = subprocess.run(['nm', '-D', '--defined-only', shared], capture_output=True, text=True).stdout
    for line in out.splitlines():
        name = line.split()[-1].split('@')[0]
        if not name.startswith('spl_') and not name.startswith('SPL_') and ' A ' not in line:
            yield name


def imports():
    out = subprocess.run(['nm', '-D', '--undefined-only', shared], capture_output=True, text=True).stdout
    for line in out.splitlines():
        name = line.split()[-1].split('@')[0]
        if name in FORBIDDEN:
            yield name


def header_snapshot():
    """Every change to the border is a change to tests/house/symbols.txt."""
    known = set((root / 'tests/house/symbols.txt').read_text().split())
    declared = set(re.findall(r'\b(spl_[a-z0-9_]+)\s*\(', (root / 'include/spl.h').read_text()
                              + (root / 'include/spl_extend.h').read_text()))
    out = subprocess.run(['nm', '-D', '--defined-only', shared], capture_output=True, text=True).stdout
    exported = {line.split()[-1].split('@')[0] for line in out.splitlines()}
    exported = {name for name in exported if name.startswith('spl_')}
    for name in sorted(exported ^ known):
        yield name + (' is new' if name in exported else ' is gone')
    for name in sorted(exported - declared):
        yield name + ' is exported and not declared'


check('includes go down the ladder', layers())
check('commands do not include each other', neighbours_in_command())
check('only api/ includes the public header', public_header_only_in_api())
check('bindings, examples and API tests see only the public header', outside_sees_only_public())
check('each foreign library is met in one file', foreign_headers_once())
check('every folder of lib/ has a README', readmes())
check('the guide of lib/command knows every file', guide_of_commands())
check('files stay small', sizes())
check('codes of diagnostics stand in the table', codes())
check('lines stay short', long_lines())
check('each header of lib/ compiles alone', headers_alone())
check('the public headers are C99 and C++11', public_headers_alone())
check('the top level is fixed', top_level())
check('nothing is left open', left_open())
if shared:
    check('only spl_ symbols are exported', exports())
    check('forbidden imports', imports())
    check('the list of public symbols is up to date (tests/house/symbols.txt)', header_snapshot())
    check('no writable static data', static_state())
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
