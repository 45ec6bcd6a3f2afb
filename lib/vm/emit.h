/* Trees to programs: the state of one compilation, and what the parts of the compiler ask of each other.
 *
 * Every emit function takes the selection under which the value is wanted and gives a register that is good
 * there. Mistakes of the query are reported and counted, and compiling goes on with null, so that one try
 * finds them all. Equal expressions are computed once (build.c); an instruction nobody needs is dropped at
 * the end (tidy.c). */
#pragma once

#include "base/map.h"
#include "syntax/ast.h"
#include "vm/code.h"
#include "vm/lineage.h"

/* What emitting an expression gave. */
struct value {
    uint32_t reg;
    uint8_t  type;              /* enum type, as far as is known before any data is read */
    bool     literal;           /* a number or string as it stands in the query */
};

struct register_facts {
    uint32_t           under;
    uint32_t           space;
    bool               is_constant;
    struct cell        constant;
    bool               field;   /* a field's value: soft text, numbers unsettled */
};

struct selection_facts {
    uint32_t space;
};

/* An instruction that may serve again. */
struct seen {
    uint64_t hash;
    uint32_t next, code;
};

/* Inside mvmap and mvfilter a name means one value of the field. */
struct frame {
    struct frame *outer;
    uint32_t      rows, laid;           /* selection outside, and of all values inside */
    uint32_t      space;
    str           name;
    uint32_t      element;
};

struct emit {
    struct compile         *compile;
    struct arena           *arena;      /* the query's */
    struct arena            scratch;    /* of this compilation */
    struct program         *program;
    uint32_t                code_room, operand_room, field_room, site_room, constant_room, template_room;
    struct register_facts  *reg;
    uint32_t                registers, register_room;
    struct selection_facts *rows;
    uint32_t                selections, selection_room;
    struct map              field_number;           /* name -> number + 1 */
    /* name -> register + 1: assigned earlier in this program */
    struct map              bound;
    struct lineage         *lineage;                /* by selection */
    uint32_t                lineage_room;
    struct seen            *seen;
    uint32_t               *slot;                   /* hash table over `seen`: number + 1 */
    uint32_t                seen_slots, seen_count, seen_room;
    struct frame           *frame;
    uint32_t                spaces;
    uint32_t                errors;
    bool                    search;                 /* some search expression is inside */
};

/* --- build.c: instructions, registers, selections ------------------------------------------------------- */

status emit_open(struct emit *emit, struct compile *compile, enum program_kind kind);
void   emit_close(struct emit *emit);

/* Appends the instruction, or finds one that did the same for all these rows. *into gets the register or
 * selection. */
status emit_put(struct emit *emit, struct instruction instruction, const uint32_t *list, uint32_t *into);
status emit_constant(struct emit *emit, struct cell cell, uint32_t *reg);
status emit_field_number(struct emit *emit, str name, uint32_t *number);
status emit_template(struct emit *emit, str text, uint32_t *number);
status emit_site(struct emit *emit, const struct site *site, uint32_t *number);

/* An earlier call of the same function with the same registers, good under `under`: true and *reg. */
bool   emit_find_call(struct emit *emit, const struct function *function, const uint32_t *arg, uint32_t count,
                      uint32_t under, uint32_t *reg);

/* A computed target may have changed any field: nothing loaded so far is good any more. */
void   emit_forget(struct emit *emit);

status emit_narrow(struct emit *emit, uint32_t reg, enum test test, uint32_t under, uint32_t *rows);
status emit_minus(struct emit *emit, uint32_t under, uint32_t less, uint32_t *rows);
status emit_union(struct emit *emit, uint32_t a, uint32_t b, uint32_t under, uint32_t *rows);
status emit_truth(struct emit *emit, uint32_t yes, uint32_t no, uint32_t under, uint32_t *reg);

static inline bool value_is_constant(const struct emit *emit, const struct value *value)
{
    return emit->reg[value->reg].is_constant;
}

static inline const struct cell *value_constant(const struct emit *emit, const struct value *value)
{
    return &emit->reg[value->reg].constant;
}

/* --- defined.c: event types, tags and saved searches become what they stand for -------------------------- */

status define_names(struct emit *emit, const struct node *node, const struct node **out);
/* The search of a definition, its names not looked at yet. Mistakes in it are told at `span`. */
status define_search(struct emit *emit, struct span span, const char *kind, str name, str text, const struct node **out);

/* --- emit.c: eval's language ---------------------------------------------------------------------------- */

status emit_value(struct emit *emit, const struct node *node, uint32_t under, struct value *out);
/* The rows for which the condition is true (or false: `wanted`); null is neither. */
status emit_rows(struct emit *emit, const struct node *node, bool wanted, uint32_t under, uint32_t *rows);
status emit_field(struct emit *emit, str name, uint32_t under, struct value *out);
/* An operator or function by its name in the catalog, over ready values. */
status emit_named(struct emit *emit, const char *name, const struct value *arg, uint32_t count,
                  const struct node *node,
                  uint32_t under, struct value *out);
status emit_null(struct emit *emit, struct value *out);

/* A call whose arguments are ready. `node` (may be NULL) is for diagnostics and literals. */
struct call_plan {
    const struct function *function;
    const struct value    *arg;
    uint32_t               count;
    const struct span     *span;        /* per argument */
    const struct cell     *member;      /* IN's literals */
    uint32_t               members;
    struct span            whole, name;
};
status emit_call(struct emit *emit, const struct call_plan *plan, uint32_t under, struct value *out);

/* x IN (...), in(x, ...): literals become members, named lists are put in their place. */
status emit_member(struct emit *emit, const struct node *node, uint32_t under, struct value *out);
/* NOT IN with one word that looks as if it should name a list and does not. */
void   note_unbound_list(struct emit *emit, const struct node *in);

struct members { struct cell *cell; uint32_t count, room; };
/* One literal item: the list of that name, or itself. */
status members_add(struct emit *emit, struct members *members, struct cell literal);
/* The cell itself, whatever it is called. */
status members_append(struct emit *emit, struct members *members, struct cell cell);

/* Arms of AND and OR in the order in which they are best tried. */
struct node *const *emit_order(struct emit *emit, const struct node *node, bool conjunction);

/* --- advice.c: what is right and yet hardly ever meant
 * ------------------------------------------------------------------- */

void advise_operator(struct emit *emit, const struct node *node);
void advise_call(struct emit *emit, const struct node *node);
void advise_member(struct emit *emit, const struct node *node);

/* --- forms.c -------------------------------------------------------------------------------------------- */

status emit_form(struct emit *emit, const struct node *node, const struct function *function, uint32_t under,
                 struct value *out);

/* --- search.c ------------------------------------------------------------------------------------------- */

status emit_search(struct emit *emit, const struct node *node, uint32_t under, uint32_t *rows);

/* --- check.c: types and mistakes ------------------------------------------------------------------------ */

status emit_error(struct emit *emit, struct span span, const char *code, const char *format,
                  ...) PRINTF_LIKE(4, 5);
/* Are these arguments fine? Reports, and *good = false, if not. */
status check_call(struct emit *emit, const struct call_plan *plan, bool *good);
status check_condition(struct emit *emit, const struct value *value, struct span span, bool *good);
uint8_t check_result(const struct emit *emit, const struct call_plan *plan);
uint8_t type_common(uint8_t a, uint8_t b);
const char *type_name(uint8_t type);
status check_unknown(struct emit *emit, const struct node *call);

/* --- fold.c, tidy.c, order.c ---------------------------------------------------------------------------- */

status fold_call(struct emit *emit, const struct site *site, struct cell *out);
status emit_finish(struct emit *emit, struct program **out);
