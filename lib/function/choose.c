/* Conditions and choices. Those that do not evaluate all their arguments are forms: the compiler expands
 * them. */
#include "function/family.h"

const struct function function_if = {
    .name = "if", .usage = "if(<condition>,<value>,<value>)",
    .summary = "The first value when the condition is true, the second when it is false or null",
    .least = 3, .most = 3, .wants = { WANT_BOOLEAN, WANT_ANY }, .wanted = 2, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_IF, .pure = true,
    .example = { "eval y=if(x>5,\"big\",\"small\") | table y", "{\"x\":9}\n{}",
                 "{\"y\":\"big\"}\n{\"y\":\"small\"}" },
};

const struct function function_case = {
    .name = "case", .usage = "case(<condition>,<value>,...)",
    .summary = "The value behind the first condition that is true, else null",
    .least = 2, .most = -1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_CASE, .pure = true,
    .example = { "eval y=case(x<3,\"low\",x<9,\"mid\",true(),\"high\") | table y", "{\"x\":5}\n{\"x\":10}",
                 "{\"y\":\"mid\"}\n{\"y\":\"high\"}" },
};

const struct function function_validate = {
    .name = "validate", .usage = "validate(<condition>,<value>,...)",
    .summary = "The value behind the first condition that is false, else null",
    .least = 2, .most = -1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_VALIDATE, .pure = true,
    .example = { "eval y=validate(isint(p),\"not int\",p<65536,\"range\") | table y", "{\"p\":99999}",
                 "{\"y\":\"range\"}" },
};

const struct function function_coalesce = {
    .name = "coalesce", .usage = "coalesce(<value>,...)", .summary = "The first value that is not null",
    .least = 1, .most = -1, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_COALESCE, .pure = true,
    .example = { "eval y=coalesce(a,b,\"none\") | table y", "{\"b\":2}\n{}", "{\"y\":2}\n{\"y\":\"none\"}" },
};

/* Undocumented, used by published apps. */
const struct function function_ifnull = {
    .name = "ifnull", .usage = "ifnull(<value>,<value>)", .summary = "coalesce of exactly two values",
    .least = 2, .most = 2, .wants = { WANT_ANY }, .wanted = 1, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_COALESCE, .pure = true,
    .example = { "eval y=ifnull(a,\"none\") | table y", "{}", "{\"y\":\"none\"}" },
};

const struct function function_searchmatch = {
    .name = "searchmatch", .usage = "searchmatch(<search>)", .summary = "Does the event match this search?",
    .least = 1, .most = 1, .wants = { WANT_TEXT }, .wanted = 1, .gives = TYPE_BOOLEAN,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .form = FORM_SEARCHMATCH,
    .example = { "where searchmatch(\"x=h* NOT y=1\") | table n",
                 "{\"n\":1,\"x\":\"Hi\"}\n{\"n\":2,\"x\":\"Hi\",\"y\":1}",
                 "{\"n\":1}" },
};

static status true_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(1));
}

static status false_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_truth(0));
}

static status null_row(struct call *call, const struct cell *arg, struct cell *out)
{
    return give(out, cell_null());
}

const struct function function_true = {
    .name = "true", .usage = "true()", .summary = "The truth value true", .gives = TYPE_BOOLEAN, .pure = true,
    .row = true_row,
    .example = { "where true() | table n", "{\"n\":1}", "{\"n\":1}" },
};

const struct function function_false = {
    .name = "false", .usage = "false()", .summary = "The truth value false", .gives = TYPE_BOOLEAN,
    .pure = true, .row = false_row,
    .example = { "where false() OR n=1 | table n", "{\"n\":1}", "{\"n\":1}" },
};

const struct function function_null = {
    .name = "null", .usage = "null()", .summary = "No value", .gives = TYPE_NULL, .pure = true,
    .row = null_row,
    .nulls = NULLS_SEEN,
    .example = { "eval n=null() | table n m", "{\"n\":1,\"m\":2}", "{\"m\":2}" },
};

static status nullif_row(struct call *call, const struct cell *arg, struct cell *out)
{
    bool unordered = false;

    if (arg[0].kind != KIND_NULL && arg[0].kind != KIND_LIST && arg[1].kind != KIND_NULL &&
        arg[1].kind != KIND_LIST
        && order_eval(&arg[0], &arg[1], &unordered) == 0 && !unordered)
        return give(out, cell_null());
    return give(out, arg[0]);
}

const struct function function_nullif = {
    .name = "nullif", .usage = "nullif(<value>,<value>)",
    .summary = "The first value, or null when both are equal",
    .least = 2, .most = 2, .wants = { WANT_VALUE }, .wanted = 1, .gives = TYPE_ANY,
    .nulls = NULLS_SEEN, .multi = MULTI_SEEN, .pure = true, .row = nullif_row,
    .example = { "eval y=nullif(x,\"a\") | table n y", "{\"n\":1,\"x\":\"a\"}\n{\"n\":2,\"x\":\"b\"}",
                 "{\"n\":1}\n{\"n\":2,\"y\":\"b\"}" },
};
