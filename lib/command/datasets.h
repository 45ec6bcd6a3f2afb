/* Names of fields in data models: Processes.process_name is the event's process_name (reporting 7.1).
 *
 * A name is a path of datasets and the field. It stands for the first of these that a row has: the field of the whole name,
 * then what is left without the first dataset, then without those behind it that begin with a capital, as datasets do. And
 * PREFIX(text) is a name for what follows the text in a token of the raw event. */
#pragma once

#include "batch/batch.h"
#include "plan/bind.h"

struct dataset_field {
    str  name;
    str *place;                         /* where its values may be, the first place first; the first is the name itself */
    uint32_t places;
    bool is_prefix;                     /* PREFIX(name) instead */
};

struct datasets {
    bool                  has_model;
    struct dataset_field *field;
    uint32_t              fields, room;
};

/* The name of a field as it stands in the query: PREFIX(a=) becomes a=. */
status datasets_add(struct binder *binder, struct datasets *datasets, str written, struct span at, str *name);
status datasets_needs(const struct datasets *datasets, struct wanted *wanted);
/* Gives the batch columns of these names. */
status datasets_fill(const struct datasets *datasets, struct names *names, struct batch *batch);
