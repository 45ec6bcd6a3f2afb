/* The words of predict, bound. Reading them: predictions.c; running: predict.c. */
#pragma once

#include "plan/bind.h"

enum predict_algorithm { PREDICT_LL, PREDICT_LLT, PREDICT_LLP, PREDICT_LLP5, PREDICT_LLB, PREDICT_BILL };

struct predict_term {                       /* a field to be predicted */
    str                    field, name;     /* and what the prediction is called */
    struct span            span;
    enum predict_algorithm algorithm;
    uint32_t               future, holdback, period;    /* period 0: to be found */
    str                    correlate;       /* LLB: the field that tells about it */
    struct span            period_at, correlate_at;     /* of these options */
    str                    suppress;        /* BiLL: the field that is not shown */
    uint32_t               partner;         /* BiLL: the other field's term */
    double                 upper, lower;    /* widths in standard deviations */
    str                    upper_name, lower_name;
};

struct predict_bound {
    struct predict_term *term;
    uint32_t             count;
};

extern const char *const predict_names[];   /* of the algorithms */

status predict_bind(struct binder *binder, struct stage *stage);
