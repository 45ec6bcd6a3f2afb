# Writes value/powers.c: 10^-342 .. 10^324 as 128-bit fractions with the top bit set, rounded down.
import sys

rows = []
for power in range(-342, 325):
    if power >= 0:
        number, bits = 10 ** power, (10 ** power).bit_length()
        top = number >> (bits - 128) if bits > 128 else number << (128 - bits)
    else:
        divisor = 10 ** -power
        top = (1 << (divisor.bit_length() + 127)) // divisor
        if top >> 128:
            top >>= 1
    assert top.bit_length() == 128
    rows.append('    { 0x%016xu, 0x%016xu },\n' % (top >> 64, top & (1 << 64) - 1))

with open(sys.argv[1], 'w') as out:
    out.write('#include "value/powers.h"\n\nconst struct power powers_of_ten[POWERS_MOST - POWERS_LEAST + 1] = {\n')
    out.writelines(rows)
    out.write('};\n')
