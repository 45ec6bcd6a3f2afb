/* addinfo: what is known of the search itself, in every row (commands 3). An open end of its time range is 0 or +Infinity.
 * There are no searches beside this one to be told apart from: its id is the time at which it began. */
#include "command/constants.h"
#include "flow/run.h"
#include "plan/wanted.h"
#include "value/number.h"

#include <math.h>

enum { INFOS = 4 };

static const char *const addinfo_fields[INFOS] = { "info_min_time", "info_max_time", "info_sid", "info_search_time" };

struct addinfo {
    struct op       op;
    struct constant constant[INFOS];
};

static status addinfo_push(struct op *op, struct batch *in)
{
    return constants_push(op, container_of(op, struct addinfo, op)->constant, INFOS, in);
}

static const struct op_kind addinfo_kind = { "addinfo", .push = addinfo_push };

static status addinfo_open(const struct stage *stage, struct run *run, struct op **out)
{
    struct addinfo *addinfo;
    double          time[INFOS];

    TRY(op_new(&addinfo_kind, sizeof *addinfo, stage, run, out));
    addinfo = container_of(*out, struct addinfo, op);
    time[0] = isfinite((*out)->context->earliest) ? (*out)->context->earliest : 0;
    time[1] = (*out)->context->latest;
    time[2] = time[3] = (*out)->context->now;
    for (uint32_t i = 0; i < INFOS; i++) {
        char   room[NUMBER_ROOM];
        str    text = STR("+Infinity");
        if (isfinite(time[i]))
            text = str_make(room, number_format_fixed(time[i], i == 2 ? 1 : 3, room));
        TRY_NEW((text = arena_str(&(*out)->arena, text)).at);
        addinfo->constant[i] = (struct constant){ str_of(addinfo_fields[i]), cell_field_text(text) };
    }
    return OK;
}

static status addinfo_needs(const struct stage *stage, struct wanted *wanted)
{
    (void)stage;
    for (uint32_t i = 0; i < INFOS; i++)
        TRY(wanted_remove(wanted, str_of(addinfo_fields[i])));
    return OK;
}

static status addinfo_gives(const struct stage *stage, struct wanted *columns)
{
    (void)stage;
    for (uint32_t i = 0; i < INFOS; i++)
        TRY(wanted_add(columns, str_of(addinfo_fields[i])));
    return OK;
}

const struct command command_addinfo = {
    .name = "addinfo", .usage = "addinfo", .summary = "The time range of the search, and when it began, in every row",
    .traits = TRAIT_ROWWISE, .needs = addinfo_needs, .gives = addinfo_gives, .open = addinfo_open,
    .example = { "addinfo | eval open=if(info_max_time==\"+Infinity\",\"yes\",\"no\") | table info_min_time open",
                 "{\"n\":1}", "{\"info_min_time\":0.000,\"open\":\"yes\"}" },
};
