/* Batches from and to the Arrow C data interface, without any Arrow library.
 *
 * Out: buffers are made (or, for plain doubles, shared) once per batch and hold a reference on their owner, so they outlive
 * everything else. In: values are copied; what the producer cannot be trusted with is checked (types, offsets, lengths of
 * children), what the interface gives no way to check (sizes of buffers) is not. */
#pragma once

#include "base/diag.h"
#include "batch/batch.h"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

/* What values occur in a column; the type follows from all of them together. */
enum {
    ARROW_INTEGERS = 1,             /* exact as a double and as an int64 */
    ARROW_WIDE     = 2,             /* integers exact as an int64 only */
    ARROW_DOUBLES  = 4,
    ARROW_TEXTS    = 8,
    ARROW_LISTS    = 16
};

struct arrow_column {
    const struct name *name;
    struct column     *column;      /* NULL: null in every row */
    unsigned           values;      /* ARROW_*: those the type must hold */
};

/* Text that is a valid JSON number counts as a number if that loses nothing but trailing zeros. */
unsigned arrow_values(const struct batch *batch, const struct column *column);

/* Who is kept alive by what is exported; taken by the functions below, also when they fail. */
struct arrow_owner {
    struct heap *heap;              /* lives as long as `host` */
    void        *host;
    void       (*drop)(void *host); /* from any thread */
};

/* The schema of a struct array with these columns. */
status arrow_put_schema(struct arrow_owner owner, const struct arrow_column *column, uint32_t columns,
                        struct ArrowSchema *out);

/* The selected rows. *misfits counts values that their column's type cannot hold (they become null). */
status arrow_put_batch(struct arrow_owner owner, struct batch *batch, const struct arrow_column *column, uint32_t columns,
                       uint64_t *misfits, struct ArrowArray *out);

/* Rows [from, from + count) of a struct array as a batch of names from `names`. The structs are only read. FAIL_DATA with a
 * message when a type is not understood or the array contradicts its schema. */
struct arrow_input;
status arrow_open(struct heap *heap, const struct ArrowSchema *schema, const struct ArrowArray *array, struct diag *diag,
                  struct arrow_input **out);
status arrow_read(struct arrow_input *input, struct heap *heap, struct names *names, int64_t from, uint32_t count,
                  struct diag *diag, struct batch **out);
void   arrow_close(struct arrow_input *input);                  /* NULL welcome */
