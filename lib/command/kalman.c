#include "command/kalman.h"

#include <math.h>

static const double NOTHING = 1e-300;       /* variances of series without any error */

enum { EXPONENT_LEAST = -6, EXPONENT_MOST = 4, SECTIONS = 40 };

status forecast_new(struct forecast *forecast, uint32_t count, struct arena *arena)
{
    forecast->count = count;
    TRY_NEW(forecast->mean = ARENA_ARRAY(arena, double, count + (size_t)1));
    TRY_NEW(forecast->variance = ARENA_ARRAY(arena, double, count + (size_t)1));
    for (uint32_t i = 0; i < count; i++)
        forecast->mean[i] = forecast->variance[i] = NAN;
    return OK;
}

/* --- the search for variances -------------------------------------------------------------------------------------- */

/* A cost to be made small, as a function of up to two numbers. */
struct search {
    double    (*cost)(struct search *search, const double *at);
    double      at[2];
    struct run *run;
};

/* Golden sections of one coordinate on [low, high]. */
static void search_between(struct search *search, uint32_t axis, double low, double high)
{
    const double golden = (sqrt(5) - 1) / 2;
    double       at[2] = { search->at[0], search->at[1] }, before = search->cost(search, at), x[2], cost[2];

    x[0] = high - golden * (high - low);
    x[1] = low + golden * (high - low);
    for (uint32_t i = 0; i < 2; i++) {
        at[axis] = x[i];
        cost[i] = search->cost(search, at);
    }
    for (uint32_t i = 0; i < SECTIONS; i++) {
        bool left = cost[0] <= cost[1];
        if (left)
            high = x[1];
        else
            low = x[0];
        x[left] = x[!left];
        cost[left] = cost[!left];
        at[axis] = x[!left] = left ? high - golden * (high - low) : low + golden * (high - low);
        cost[!left] = search->cost(search, at);
    }
    at[axis] = cost[0] <= cost[1] ? x[0] : x[1];
    if (search->cost(search, at) < before)
        search->at[axis] = at[axis];
}

/* Exponents of ten that stand for ratios of variances; the lowest stands for 0. */
static double ratio_of(double exponent)
{
    return exponent <= EXPONENT_LEAST ? 0 : pow(10, exponent);
}

/* The best point of a grid with this many axes, then better ones near it. */
static status search_ratios(struct search *search, uint32_t axes)
{
    double best = INFINITY, at[2];

    for (at[0] = EXPONENT_LEAST; at[0] <= EXPONENT_MOST; at[0] += 0.5) {
        TRY(run_check(search->run));
        for (at[1] = EXPONENT_LEAST; at[1] <= (axes == 2 ? (double)EXPONENT_MOST : EXPONENT_LEAST); at[1] += 0.5) {
            double cost = search->cost(search, at);
            if (!(cost < best))
                continue;
            best = cost;
            search->at[0] = at[0];
            search->at[1] = at[1];
        }
    }
    for (uint32_t round = 0; round < (axes == 2 ? 8u : 1u); round++)
        for (uint32_t axis = 0; axis < axes; axis++) {
            TRY(run_check(search->run));
            search_between(search, axis, search->at[axis] - 0.5, search->at[axis] + 0.5);
        }
    return OK;
}

/* --- local levels -------------------------------------------------------------------------------------------------- */

struct level {
    double mean, spread;                    /* the variance in units of the noise of observation */
    bool   known;
};

struct levels {
    struct search search;
    const double *value;
    uint32_t      used, period;
    struct level *level;                    /* by phase */
    double        scale;                    /* the variance of the noise of observation, with the latest ratio */
};

/* Once through the values; `out` may be NULL. */
static double run_levels(struct levels *levels, double ratio, struct forecast *out)
{
    uint32_t end = out ? out->count : levels->used;
    double   squares = 0, logs = 0, count = 0;

    for (uint32_t i = 0; i < levels->period; i++)
        levels->level[i].known = false;
    for (uint32_t i = 0; i < end; i++) {
        struct level *level = &levels->level[i % levels->period];
        double        value = i < levels->used ? levels->value[i] : NAN, total, error;
        if (level->known)
            level->spread += ratio;
        if (out && level->known) {
            out->mean[i] = level->mean;
            out->variance[i] = (level->spread + 1) * levels->scale;
        }
        if (isnan(value))
            continue;
        if (!level->known) {
            *level = (struct level){ value, 1, true };
            continue;
        }
        total = level->spread + 1;
        error = value - level->mean;
        squares += error * error / total;
        logs += log(total);
        count++;
        level->mean += level->spread / total * error;
        level->spread /= total;
    }
    if (!out)
        levels->scale = count > 0 ? squares / count : 0;
    return count * log(levels->scale > NOTHING ? levels->scale : NOTHING) + logs;
}

static double cost_of_levels(struct search *search, const double *at)
{
    return run_levels((struct levels *)search, ratio_of(at[0]), NULL);
}

static status fit_levels(struct levels *levels, struct run *run, struct arena *arena)
{
    levels->search = (struct search){ .cost = cost_of_levels, .run = run };
    TRY_NEW(levels->level = ARENA_ARRAY(arena, struct level, levels->period));
    TRY(search_ratios(&levels->search, 1));
    run_levels(levels, ratio_of(levels->search.at[0]), NULL);
    return OK;
}

status forecast_levels(const double *value, uint32_t used, uint32_t period, struct run *run, struct arena *arena,
                       struct forecast *out)
{
    struct levels levels = { .value = value, .used = used, .period = period };

    TRY(fit_levels(&levels, run, arena));
    run_levels(&levels, ratio_of(levels.search.at[0]), out);
    return OK;
}

/* --- level and slope ----------------------------------------------------------------------------------------------- */

struct trend {
    struct search search;
    const double *value;
    uint32_t      used;
    double        scale;
};

struct trend_state {
    double level, slope;
    double level_spread, both, slope_spread;    /* variances and covariance in units of the noise of observation */
    uint32_t seen;                              /* values: 0, 1, 2 and more */
    uint32_t since;                             /* steps since the first one */
    double first;
};

/* From the first two values, `gap` steps apart: the level is the second one but for its noise, and the slope the
 * difference a step but for both noises and those of the states between them. */
static void settle_trend(struct trend_state *state, double value, double level_ratio, double slope_ratio)
{
    double gap = state->since, between = 1 + gap * level_ratio + slope_ratio * gap * (gap + 1) * (2 * gap + 1) / 6;

    state->level = value;
    state->slope = (value - state->first) / gap;
    state->level_spread = 1;
    state->both = 1 / gap;
    state->slope_spread = (1 + between) / (gap * gap);
}

static void advance_trend(struct trend_state *state, double level_ratio, double slope_ratio)
{
    state->since++;
    state->level += state->slope;
    state->level_spread += 2 * state->both + state->slope_spread + level_ratio;
    state->both += state->slope_spread;
    state->slope_spread += slope_ratio;
}

static double run_trend(struct trend *trend, double level_ratio, double slope_ratio, struct forecast *out)
{
    struct trend_state state = { 0 };
    uint32_t           end = out ? out->count : trend->used;
    double             squares = 0, logs = 0, count = 0;

    for (uint32_t i = 0; i < end; i++) {
        double value = i < trend->used ? trend->value[i] : NAN, total, error;
        advance_trend(&state, level_ratio, slope_ratio);
        if (out && state.seen > 1) {
            out->mean[i] = state.level;
            out->variance[i] = (state.level_spread + 1) * trend->scale;
        }
        if (isnan(value))
            continue;
        if (state.seen < 2) {
            if (state.seen++ == 1)
                settle_trend(&state, value, level_ratio, slope_ratio);
            else
                state.first = value;
            state.since = state.seen == 1 ? 0 : state.since;
            continue;
        }
        total = state.level_spread + 1;
        error = value - state.level;
        squares += error * error / total;
        logs += log(total);
        count++;
        state.level += state.level_spread / total * error;
        state.slope += state.both / total * error;
        state.slope_spread -= state.both * state.both / total;
        state.both /= total;
        state.level_spread /= total;
    }
    if (!out)
        trend->scale = count > 0 ? squares / count : 0;
    return count * log(trend->scale > NOTHING ? trend->scale : NOTHING) + logs;
}

static double cost_of_trend(struct search *search, const double *at)
{
    return run_trend((struct trend *)search, ratio_of(at[0]), ratio_of(at[1]), NULL);
}

status forecast_trend(const double *value, uint32_t used, struct run *run, struct forecast *out)
{
    struct trend trend = { .search = { .cost = cost_of_trend, .run = run }, .value = value, .used = used };

    TRY(search_ratios(&trend.search, 2));
    run_trend(&trend, ratio_of(trend.search.at[0]), ratio_of(trend.search.at[1]), NULL);
    run_trend(&trend, ratio_of(trend.search.at[0]), ratio_of(trend.search.at[1]), out);
    return OK;
}

/* --- two levels ---------------------------------------------------------------------------------------------------- */

struct pair_model {
    struct search        search;
    const double *const *value;
    const uint32_t      *used;
    double               noise[2], move[2];     /* standard deviations of observation and of the levels */
};

struct pair_state {
    double mean[2], spread[2], both;
    bool   known[2];
};

/* The level of one series begins with its first value; what it shares with the other is the noise of this moment. */
static void begin_level(struct pair_state *state, uint32_t side, double value, double noise, double shared)
{
    state->mean[side] = value;
    state->spread[side] = noise * noise;
    state->known[side] = true;
    state->both = shared;
}

/* The value of one series alone, which says something about the other's level as well. Returns its share of the cost. */
static double observe_one(struct pair_state *state, uint32_t side, double value, double noise)
{
    double total = state->spread[side] + noise * noise, error = value - state->mean[side];

    total = total > NOTHING ? total : NOTHING;
    state->mean[!side] += state->both / total * error;
    state->mean[side] += state->spread[side] / total * error;
    state->spread[!side] -= state->both * state->both / total;
    state->both -= state->spread[side] / total * state->both;
    state->spread[side] -= state->spread[side] * state->spread[side] / total;
    return log(total) + error * error / total;
}

/* Both values at once. */
static double observe_both(struct pair_state *state, const double *value, const double *noise, double correlation)
{
    double h = correlation * noise[0] * noise[1], a = state->spread[0], b = state->both, c = state->spread[1];
    double f = a + noise[0] * noise[0], g = b + h, k = c + noise[1] * noise[1], size = f * k - g * g;
    double error[2] = { value[0] - state->mean[0], value[1] - state->mean[1] }, u, v;

    if (!(size > NOTHING))
        return observe_one(state, 0, value[0], noise[0]);
    u = (k * error[0] - g * error[1]) / size;       /* inverse of the total times the errors */
    v = (f * error[1] - g * error[0]) / size;
    state->mean[0] += a * u + b * v;
    state->mean[1] += b * u + c * v;
    state->spread[0] = a - (a * (k * a - g * b) + b * (f * b - g * a)) / size;
    state->spread[1] = c - (b * (k * b - g * c) + c * (f * c - g * b)) / size;
    state->both = b - (b * (k * a - g * b) + c * (f * b - g * a)) / size;
    return log(size) + error[0] * u + error[1] * v;
}

static double observe(struct pair_state *state, const struct pair_model *model, const double *value, double correlation)
{
    bool here[2] = { !isnan(value[0]), !isnan(value[1]) };

    if (here[0] && here[1] && state->known[0] && state->known[1])
        return observe_both(state, value, model->noise, correlation);
    for (uint32_t side = 0; side < 2; side++) {
        double shared = 0, cost = 0;
        if (!here[side] || state->known[side])
            continue;
        if (here[!side] && state->known[!side]) {   /* the other one is observed first, and shares its gain */
            double total = state->spread[!side] + model->noise[!side] * model->noise[!side];
            shared = state->spread[!side] / (total > NOTHING ? total : NOTHING);
            cost = observe_one(state, !side, value[!side], model->noise[!side]);
        } else if (here[!side]) {
            shared = 1;
            begin_level(state, !side, value[!side], model->noise[!side], 0);
        }
        begin_level(state, side, value[side], model->noise[side], shared * correlation * model->noise[0] * model->noise[1]);
        return cost;
    }
    for (uint32_t side = 0; side < 2; side++)
        if (here[side])
            return observe_one(state, side, value[side], model->noise[side]);
    return 0;
}

/* at[0]: correlation of the moves, at[1]: of the noises. */
static double run_pair(struct pair_model *model, const double *at, struct forecast *out)
{
    struct pair_state state = { 0 };
    uint32_t          end = model->used[0] > model->used[1] ? model->used[0] : model->used[1];
    double            cost = 0;

    if (out)
        end = out[0].count > out[1].count ? out[0].count : out[1].count;
    for (uint32_t i = 0; i < end; i++) {
        double value[2];
        for (uint32_t side = 0; side < 2; side++) {
            value[side] = i < model->used[side] ? model->value[side][i] : NAN;
            state.spread[side] += model->move[side] * model->move[side];
            if (!out || !state.known[side] || i >= out[side].count)
                continue;
            out[side].mean[i] = state.mean[side];
            out[side].variance[i] = state.spread[side] + model->noise[side] * model->noise[side];
        }
        if (state.known[0] && state.known[1])
            state.both += at[0] * model->move[0] * model->move[1];
        cost += observe(&state, model, value, at[1]);
    }
    return cost;
}

static double cost_of_pair(struct search *search, const double *at)
{
    return run_pair((struct pair_model *)search, at, NULL);
}

status forecast_pair(const double *const value[2], const uint32_t used[2], struct run *run, struct arena *arena,
                     struct forecast out[2])
{
    struct pair_model model = { .search = { .cost = cost_of_pair, .run = run }, .value = value, .used = used };
    double            best = INFINITY, at[2];

    for (uint32_t side = 0; side < 2; side++) {
        struct levels levels = { .value = value[side], .used = used[side], .period = 1 };
        TRY(fit_levels(&levels, run, arena));
        model.noise[side] = sqrt(levels.scale);
        model.move[side] = sqrt(levels.scale * ratio_of(levels.search.at[0]));
    }
    for (at[0] = -0.9; at[0] < 1; at[0] += 0.3)
        for (at[1] = -0.9; at[1] < 1; at[1] += 0.3) {
            double cost = cost_of_pair(&model.search, at);
            TRY(run_check(run));
            if (!(cost < best))
                continue;
            best = cost;
            model.search.at[0] = at[0];
            model.search.at[1] = at[1];
        }
    for (uint32_t round = 0; round < 8; round++)
        for (uint32_t axis = 0; axis < 2; axis++) {
            double low = model.search.at[axis] - 0.3, high = model.search.at[axis] + 0.3;
            TRY(run_check(run));
            search_between(&model.search, axis, low > -0.999 ? low : -0.999, high < 0.999 ? high : 0.999);
        }
    run_pair(&model, model.search.at, out);
    return OK;
}

/* --- what belongs to no model -------------------------------------------------------------------------------------- */

static double mean_error(const double *value, uint32_t used, const struct forecast *one, const struct forecast *other)
{
    double squares = 0, count = 0;

    for (uint32_t i = 0; i < used; i++) {
        double error = value[i] - one->mean[i];
        if (isnan(error) || isnan(other->mean[i]))
            continue;
        squares += error * error;
        count++;
    }
    return count > 0 ? squares / count : 0;
}

void forecast_blend(const double *value, uint32_t used, const struct forecast *other, struct forecast *into)
{
    double theirs = mean_error(value, used, other, into), ours = mean_error(value, used, into, other);
    double share = theirs + ours > 0 ? theirs / (theirs + ours) : 0.5;      /* of ours */

    for (uint32_t i = 0; i < into->count; i++) {
        bool both = !isnan(into->mean[i]) && !isnan(other->mean[i]);
        double part = both ? share : isnan(into->mean[i]) ? 0 : 1;
        into->mean[i] = (part > 0 ? part * into->mean[i] : 0) + (part < 1 ? (1 - part) * other->mean[i] : 0);
        into->variance[i] = (part > 0 ? part * into->variance[i] : 0) + (part < 1 ? (1 - part) * other->variance[i] : 0);
    }
}

double normal_width(double percent)
{
    double low = 0, high = 40;

    for (uint32_t i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > 1 - percent / 100)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}
