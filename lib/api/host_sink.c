/* The host's sink: where collect and mcollect write. */
#include "api/host.h"
#include "catalog/sink.h"

struct host_sink {
    struct hosted hosted;
    struct sinks  sinks;
    spl_sink      given;
};

/* What one command of one run writes. The memory is that of the outermost run, which ends all streams. */
struct host_stream {
    struct sink_stream      stream;
    const struct host_sink *own;
    struct heap            *heap;
    struct arena            arena, step;    /* of the host's state; of one call */
    struct sink_target      target;         /* a copy: a subsearch's plan may be gone when the run is over */
    struct context          context;        /* no more than spl_call_now asks: that of the operator may be gone at the end */
    struct spl_call         call;
    struct run             *root;           /* its owner is not known yet when streams are opened */
    void                   *state;
    bool                    begun;
};

static status outcome(struct host_stream *host, spl_status answer)
{
    arena_reset(&host->step);
    if (answer >= 0)
        return OK;
    host->stream.why = call_message(&host->call);
    return FAIL_HOST;
}

static status host_write(struct sink_stream *stream, struct batch *batch)
{
    struct host_stream *host = container_of(stream, struct host_stream, stream);
    const spl_sink     *given = &host->own->given;
    struct spl_batch   *rows;
    spl_status          answer;

    TRY(batch_view(host->root->owner, batch, &rows));
    host->call.arena = &host->step;
    answer = given->write(&host->call, given->host, host->state, rows);
    spl_batch_release(rows);
    return outcome(host, answer);
}

static status host_finish(struct sink_stream *stream)
{
    struct host_stream *host = container_of(stream, struct host_stream, stream);
    const spl_sink     *given = &host->own->given;

    host->call.arena = &host->step;
    return given->finish ? outcome(host, given->finish(&host->call, given->host, host->state)) : OK;
}

static void host_close(struct sink_stream *stream)
{
    struct host_stream *host = container_of(stream, struct host_stream, stream);
    const spl_sink     *given = &host->own->given;

    if (host->begun && given->close)
        given->close(given->host, host->state);
    arena_free(&host->step);
    arena_free(&host->arena);
    heap_free(host->heap, host, sizeof *host);
}

static const struct sink_stream_kind host_kind = { .write = host_write, .finish = host_finish, .close = host_close };

/* --- a stream begins ----------------------------------------------------------------------------------------------- */

static status copy_text(struct arena *arena, const char **text)
{
    if (*text)
        TRY_NEW(*text = arena_text(arena, str_of(*text)));
    return OK;
}

static status copy_target(struct host_stream *host, const struct sink_target *target)
{
    struct sink_target *own = &host->target;
    const char        **text[] = { &own->index, &own->source, &own->sourcetype, &own->host, &own->file, &own->table,
                                   &own->key };

    *own = *target;
    host->stream.target = own;
    for (size_t i = 0; i < COUNT_OF(text); i++)
        TRY(copy_text(&host->arena, text[i]));
    return OK;
}

static status begin(struct host_stream *host, const struct sink_target *target)
{
    const spl_sink *given = &host->own->given;
    spl_target      told = { sizeof told, target->store, target->spool, target->command, target->index, target->source,
                             target->sourcetype, target->host, target->file, target->table, target->key, target->how };
    status          s;

    TRY(copy_target(host, target));
    host->call.arena = &host->arena;
    s = outcome(host, given->begin ? given->begin(&host->call, given->host, &told, &host->state) : SPL_OK);
    host->begun = s == OK;
    return s;
}

static status open_stream(const struct sinks *sinks, const struct sink_target *target, struct run *run,
                          const struct context *context, struct sink_stream **out)
{
    struct heap        *heap = &run_root(run)->heap;
    struct host_stream *host = heap_zero(heap, 1, sizeof *host);

    *out = NULL;
    TRY_NEW(host);
    *host = (struct host_stream){ .stream = { .kind = &host_kind }, .heap = heap, .root = run_root(run),
                                  .own = container_of(sinks, struct host_sink, sinks) };
    arena_init(&host->arena, heap);
    arena_init(&host->step, heap);
    host->context.now = context->now;
    host->call = call_make(&host->context, &host->arena);
    *out = &host->stream;
    return begin(host, target);
}

/* --- adding -------------------------------------------------------------------------------------------------------- */

static status add(struct lexicon *lexicon, const void *input, const char **wrong)
{
    const spl_sink   *given = input;
    struct host_sink *own;

    *wrong = given->size < sizeof *given ? "its size is not sizeof(spl_sink)"
        : !given->stores || given->stores & ~(uint32_t)(SPL_EVENTS | SPL_METRICS | SPL_TABLE | SPL_CSV)
        ? "it stores nothing that is known" : !given->write ? "it has no write" : NULL;
    if (*wrong)
        return FAIL_MISUSE;
    TRY_NEW(own = ARENA_NEW(&lexicon->arena, struct host_sink));
    own->given = *given;
    own->sinks = (struct sinks){ .stores = given->stores, .open = open_stream };
    lexicon->sinks = &own->sinks;
    host_keep(lexicon, &own->hosted, given->host, given->drop);
    return OK;
}

spl_status spl_engine_set_sink(spl_engine *engine, const spl_sink *sink, spl_error **err)
{
    _Static_assert((int)SPL_EVENTS == STORE_EVENTS && (int)SPL_METRICS == STORE_METRICS && (int)SPL_TABLE == STORE_TABLE
                       && (int)SPL_CSV == STORE_CSV && (int)SPL_APPEND == TABLE_APPEND && (int)SPL_KEEP == TABLE_KEEP
                       && (int)SPL_EMPTY == TABLE_EMPTY && (int)SPL_INSERT == TABLE_INSERT && (int)SPL_LISTS == TABLE_LISTS,
                   "they cross the border unchanged");
    return host_add(engine, "sink", "bad-definition", add, sink, err);
}
