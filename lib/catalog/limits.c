#include "catalog/limits.h"

#define TEXT_OF(number) #number

static const struct limit_row table[LIMITS_COUNT] = {
#define X(id, name, preset, least, most, help) [LIMIT_##id] = { name, TEXT_OF(preset), help, preset, least, most },
    LIMITS(X)
#undef X
#define X(id, name, help) [CHOICE_##id] = { name, "off", help, 0, 0, 1 },
    CHOICES(X)
#undef X
};

const struct limit_row *limit_row(enum limit limit)
{
    return &table[limit];
}
