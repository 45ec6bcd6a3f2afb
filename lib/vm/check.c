/* Static types and the mistakes that can be seen before any data is read (language 8.2, 8.4). */
#include <stdarg.h>
#include <stdio.h>

#include "catalog/vocabulary.h"
#include "value/number.h"
#include "vm/emit.h"

status emit_error(struct emit *emit, struct span span, const char *code, const char *format, ...)
{
    char    text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    emit->errors++;
    diag_at(emit->compile->diag, FAIL_QUERY, span, code, "%s", text);
    return OK;
}

const char *type_name(uint8_t type)
{
    static const char *const names[] = { "a value", "a number", "a string", "a boolean", "a multivalue",
                                         "null" };

    return type < COUNT_OF(names) ? names[type] : "a value";
}

uint8_t type_common(uint8_t a, uint8_t b)
{
    if (a == b)
        return a;
    if (a == TYPE_BOOLEAN || b == TYPE_BOOLEAN)     /* if(x, true(), null()) may be stored, as in Splunk */
        return TYPE_ANY;
    return a == TYPE_NULL ? b : b == TYPE_NULL ? a : TYPE_ANY;
}

static uint8_t wants_of(const struct function *function, uint32_t argument)
{
    uint32_t wanted = function->wanted ? function->wanted : COUNT_OF(function->wants);

    return function->wants[argument < wanted ? argument : wanted - 1];
}

static bool is_operator(const struct function *function)
{
    char c = function->name[0];

    return !((c >= 'a' && c <= 'z') || c == '_') || str_is(str_of(function->name), "xor")
        || str_is(str_of(function->name), "not") || str_is(str_of(function->name), "neg");
}

static void upper(const char *name, char out[16])
{
    size_t i = 0;

    for (; name[i] && i < 15; i++)
        out[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    out[i] = 0;
}

static status operator_error(struct emit *emit, const struct call_plan *plan, uint8_t want, struct span span)
{
    char name[16];

    upper(str_is(str_of(plan->function->name), "neg") ? "-" : plan->function->name, name);
    if (want == WANT_BOOLEAN)
        return emit_error(emit, span, "type", "Type checking failed. '%s' only takes boolean arguments",
                          name);
    if (want == WANT_NUMBER)
        return emit_error(emit, span, "type", "Type checking failed. '%s' only takes numbers", name);
    return emit_error(emit, span, "type", "Type checking failed. '%s' does not take boolean arguments", name);
}

static const char *wanted_name(uint8_t want)
{
    return want == WANT_NUMBER ? "a number" : want == WANT_BOOLEAN ? "a boolean" : "a value";
}

static bool suits(uint8_t want, const struct value *value, bool is_text_literal)
{
    switch (want) {
    case WANT_NUMBER:  return value->type != TYPE_BOOLEAN && !is_text_literal;
    case WANT_VALUE:
    case WANT_TEXT:    return value->type != TYPE_BOOLEAN;
    case WANT_BOOLEAN: return value->type == TYPE_BOOLEAN || value->type == TYPE_ANY
        || value->type == TYPE_NULL;
    default:           return true;
    }
}

/* "+" adds two numbers or joins two strings, and says so when it can see that it is given one of each. */
static status check_plus(struct emit *emit, const struct call_plan *plan, bool *good)
{
    const struct value *a = &plan->arg[0], *b = &plan->arg[1];

    if (a->type == TYPE_BOOLEAN || b->type == TYPE_BOOLEAN
        || (a->type == TYPE_NUMBER && b->literal && b->type == TYPE_TEXT)
        || (b->type == TYPE_NUMBER && a->literal && a->type == TYPE_TEXT)) {
        *good = false;
        return emit_error(emit, plan->name, "type",
                          "Type checking failed. '+' only takes two strings or two numbers");
    }
    return OK;
}

static bool is_no_number(const struct emit *emit, const struct value *value)
{
    double number;

    return value->literal && value->type == TYPE_TEXT && value_is_constant(emit, value)
        && !number_parse(cell_str(value_constant(emit, value)), &number, NULL);
}

/* A number and a text literal that reads as none: = is never true, != is always. */
static void warn_comparison(struct emit *emit, const struct call_plan *plan)
{
    const struct value *a = &plan->arg[0], *b = &plan->arg[1];
    const char         *name = plan->function->name;

    if ((str_is(str_of(name), "=") || str_is(str_of(name), "!=")) && a->type == TYPE_NUMBER && is_no_number(emit, b))
        diag_warn(emit->compile->diag, plan->whole, "compares-types", "a number is never equal to this text");
}

status check_call(struct emit *emit, const struct call_plan *plan, bool *good)
{
    const struct function *function = plan->function;
    bool                   symbol = is_operator(function);
    uint32_t               count = plan->count + plan->members;

    *good = true;
    if (count < (uint32_t)function->least || (function->most >= 0 && count > (uint32_t)function->most)) {
        *good = false;
        TRY(emit_error(emit, plan->name, "arity", "The arguments to the '%s' function are invalid",
                       function->name));
        if (function->usage)
            diag_hint(emit->compile->diag, "usage: %s", function->usage);
        return OK;
    }
    if (str_is(str_of(function->name), "+"))
        return check_plus(emit, plan, good);
    warn_comparison(emit, plan);
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct value *value = &plan->arg[i];
        uint8_t             want = wants_of(function, i);
        bool                text = value->literal && value->type == TYPE_TEXT;
        if (suits(want, value, text))
            continue;
        *good = false;
        if (symbol)
            return operator_error(emit, plan, want, plan->name);
        TRY(emit_error(emit, plan->span ? plan->span[i] : plan->whole, "bad-argument",
                       "The arguments to the '%s' function are invalid: argument %u must be %s, not %s",
                       function->name, i + 1, wanted_name(want),
                       text ? "a string literal" : type_name(value->type)));
    }
    return OK;
}

uint8_t check_result(const struct emit *emit, const struct call_plan *plan)
{
    uint8_t a, b;

    (void)emit;
    if (!str_is(str_of(plan->function->name), "+"))
        return plan->function->gives;
    a = plan->arg[0].type;
    b = plan->arg[1].type;
    if (a == TYPE_NUMBER || b == TYPE_NUMBER)
        return TYPE_NUMBER;
    return a == TYPE_TEXT || b == TYPE_TEXT ? TYPE_TEXT : TYPE_ANY;
}

status check_condition(struct emit *emit, const struct value *value, struct span span, bool *good)
{
    *good = value->type == TYPE_BOOLEAN || value->type == TYPE_ANY || value->type == TYPE_NULL;
    if (*good)
        return OK;
    return emit_error(emit, span, "type", "The expression is malformed: a condition is expected here, not %s",
                      type_name(value->type));
}

/* Functions of SPL2 only (functions 13), and what comes near to them here. */
static const char *spl2_advice(str name)
{
    static const struct { const char *name, *advice; } table[] = {
        { "map", "mvmap" }, { "filter", "mvfilter" }, { "any", "mvfilter" }, { "all", "mvfilter" }, { "reduce", "" },
        { "cluster", "" }, { "object_to_array", "json_entries" }, { "tojson", "json_object" }, { "array_to_csv", "mvjoin" },
    };

    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_is_nocase(name, table[i].name))
            return table[i].advice;
    return NULL;
}

/* What other languages call it. */
static const char *function_elsewhere(str name)
{
    static const struct { const char *name, *here; } table[] = {
        { "nvl", "coalesce" }, { "iif", "if" }, { "iff", "if" }, { "concat", "a.b" }, { "strcat", "a.b" },
        { "substring", "substr" }, { "strlen", "len" }, { "contains", "like" }, { "startswith", "like" },
        { "endswith", "like" }, { "tolower", "lower" }, { "toupper", "upper" }, { "toint", "tonumber" },
        { "todouble", "tonumber" }, { "date_format", "strftime" }, { "to_timestamp", "strptime" }, { "isempty", "isnull" },
        { "notnull", "isnotnull" }, { "isnotempty", "isnotnull" }, { "mod", "a % b" }, { "regexp_replace", "replace" },
        { "regexp_match", "match" }, { "array_length", "mvcount" },
        { "exists", "isnotnull" }, { "isset", "isnotnull" }, { "to_char", "strftime" }, { "to_date", "strptime" },
    };

    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_is_nocase(name, table[i].name))
            return table[i].here;
    return NULL;
}

status check_unknown(struct emit *emit, const struct node *call)
{
    str         near = vocabulary_suggest(&emit->compile->words->functions, call->text);
    const char *advice = spl2_advice(call->text), *here = function_elsewhere(call->text);

    TRY(emit_error(emit, call->inner, "unknown-function", "unknown function '%.*s'", SHOW(call->text)));
    if (vocabulary_aggregate(emit->compile->words, call->text, &(double){ 0 }))
        diag_hint(emit->compile->diag, "'%.*s' is a statistical function: use it with stats", SHOW(call->text));
    else if (advice)
        diag_hint(emit->compile->diag, *advice ? "it belongs to SPL2; see %s" : "it belongs to SPL2", advice);
    else if (here)
        diag_hint(emit->compile->diag, "in SPL that is '%s'", here);
    else if (near.size)
        diag_suggest(emit->compile->diag, near);
    return OK;
}
