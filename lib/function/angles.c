/* Angles, in radians. Outside of a function's domain lies nan (functions 11). */
#include "function/family.h"

#include <math.h>

#define ANGLE_FUNCTION(word, arguments, number, text, value, sample, shown)                                  \
    static status word##_row(struct call *at, const struct cell *arg, struct cell *out)                      \
    {                                                                                                        \
        return give(out, cell_number(value));                                                                \
    }                                                                                                        \
    const struct function function_##word = {                                                                \
        .name = #word, .usage = #word arguments, .summary = text, .least = number, .most = number,           \
        .wants = { WANT_NUMBER }, .wanted = 1, .gives = TYPE_NUMBER, .nulls = NULL_IN_NULL_OUT,              \
        .multi = MULTI_NULL,                                                                                 \
        .pure = true, .cost = 20, .row = word##_row,                                                         \
        .example = { "eval y=" sample " | table y", "{}", "{\"y\":" shown "}" },                             \
    }

#define ANGLE(word, text, sample, shown) \
    ANGLE_FUNCTION(word, "(<number>)", 1, text, word(arg[0].number), sample, shown)

ANGLE(acos, "Arc cosine", "acos(0)", "1.5707963267948966");
ANGLE(acosh, "Inverse hyperbolic cosine", "acosh(1)", "0");
ANGLE(asin, "Arc sine", "asin(0)", "0");
ANGLE(asinh, "Inverse hyperbolic sine", "asinh(0)", "0");
ANGLE(atan, "Arc tangent", "atan(1)", "0.7853981633974483");
ANGLE(atanh, "Inverse hyperbolic tangent", "atanh(0)", "0");
ANGLE(cos, "Cosine of radians", "cos(0)", "1");
ANGLE(cosh, "Hyperbolic cosine", "cosh(0)", "1");
ANGLE(sin, "Sine of radians", "sin(0)", "0");
ANGLE(sinh, "Hyperbolic sine", "sinh(0)", "0");
ANGLE(tan, "Tangent of radians", "tan(0)", "0");
ANGLE(tanh, "Hyperbolic tangent", "tanh(0)", "0");
ANGLE_FUNCTION(atan2, "(<y>,<x>)", 2, "The angle of the point (x,y)", atan2(arg[0].number, arg[1].number),
               "atan2(1,1)",
               "0.7853981633974483");
ANGLE_FUNCTION(hypot, "(<x>,<y>)", 2, "The distance of the point (x,y) from the origin",
               hypot(arg[0].number, arg[1].number),
               "hypot(3,4)", "5");
