#!/usr/bin/env python3
"""Writes a small database of places in the MaxMind DB format, for the tests of iplocation: places.py FILE

The format (github.com/maxmind/MaxMind-DB, MaxMind-DB-spec.md): a binary tree over the bits of addresses, whose records are the
number of a node, "not found" (the number of nodes) or a place in the data behind it; 16 zero bytes; the data; a marker, and
what the file says about itself. Values begin with a byte of type and size. IPv4 addresses are those below ::/96.
The addresses are those kept for documentation.
"""
import ipaddress
import struct
import sys


class Double(float):
    pass


class Uint16(int):
    pass


class Uint64(int):
    pass


def head(kind, size):
    extra = b''
    if size >= 285:
        extra, size = struct.pack('>H', size - 285), 30
    elif size >= 29:
        extra, size = bytes([size - 29]), 29
    if kind > 7:
        return bytes([size, kind - 7]) + extra
    return bytes([kind << 5 | size]) + extra


def number(kind, value):
    data = value.to_bytes((value.bit_length() + 7) // 8, 'big')
    return head(kind, len(data)) + data


def value(what):
    if isinstance(what, str):
        text = what.encode()
        return head(2, len(text)) + text
    if isinstance(what, Double):
        return head(3, 8) + struct.pack('>d', what)
    if isinstance(what, Uint16):
        return number(5, what)
    if isinstance(what, Uint64):
        return number(9, what)
    if isinstance(what, int):
        return number(6, what)
    if isinstance(what, dict):
        return head(7, len(what)) + b''.join(value(k) + value(v) for k, v in what.items())
    return head(11, len(what)) + b''.join(value(v) for v in what)


def names(**languages):
    return {'names': languages}


PLACES = {
    '192.0.2.0/24': {
        'city': names(en='Springfield', de='Springfeld'),
        'continent': {'code': 'EU', **names(en='Europe', de='Europa', fr='Europe')},
        'country': {'iso_code': 'XA', **names(en='Examplia', de='Beispielland', fr='Exemplie')},
        'location': {'latitude': Double(48.5), 'longitude': Double(-9.25), 'metro_code': Uint16(501), 'time_zone': 'Europe/Berlin'},
        'subdivisions': [{'iso_code': 'N', **names(en='North', de='Norden')}, {'iso_code': 'N1', **names(en='Inner North')}],
    },
    '198.51.100.0/25': {'country': {'iso_code': 'XB', **names(en='Testland')}, 'location': {'latitude': Double(0.0)}},
    '203.0.113.7/32': {'city': names(fr='Ville'), 'country': {'iso_code': 'XC'}, 'subdivisions': []},
    '2001:db8::/32': {
        'city': names(en='Six'), 'country': {'iso_code': 'X6', **names(en='Sixland')},
        'location': {'latitude': Double(-33.123456), 'longitude': Double(151)},
    },
    '2001:db8:bad::/48': ['no map'],
}


def bits(network):
    network = ipaddress.ip_network(network)
    size = network.prefixlen + (96 if network.version == 4 else 0)
    return int(network.network_address) >> (128 - size), size


def insert(nodes, path, size, found):
    at = 0
    for i in reversed(range(size)):
        bit = path >> i & 1
        if i == 0:
            spread(nodes, at, bit, found)
        else:
            if not isinstance(nodes[at][bit], int):
                nodes.append([nodes[at][bit], nodes[at][bit]])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]


def spread(nodes, at, bit, found):
    """A network inside one that is there already stays."""
    if isinstance(nodes[at][bit], int):
        for side in (0, 1):
            spread(nodes, nodes[at][bit], side, found)
    else:
        nodes[at][bit] = found


def main():
    nodes, data = [[None, None]], b''
    for network, place in PLACES.items():
        insert(nodes, *bits(network), ('data', len(data)))
        data += value(place)
    count = len(nodes)

    def record(to):
        return count if to is None else to if isinstance(to, int) else count + 16 + to[1]

    tree = b''.join(record(to).to_bytes(3, 'big') for node in nodes for to in node)
    about = {'node_count': count, 'record_size': Uint16(24), 'ip_version': Uint16(6), 'database_type': 'Test-City',
             'languages': ['en', 'de', 'fr'], 'binary_format_major_version': Uint16(2),
             'binary_format_minor_version': Uint16(0), 'build_epoch': Uint64(1700000000),
             'description': {'en': 'places that are not there'}}
    with open(sys.argv[1], 'wb') as file:
        file.write(tree + bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + value(about))


main()
