#include "api/handles.h"

#include "value/number.h"

spl_status spl_writer_new(const spl_engine *engine, const char *format, spl_writer **out, spl_error **err)
{
    struct spl_engine        *mine = (struct spl_engine *)engine;
    const struct writer_kind *kind = writer_named(str_of(format));
    struct spl_writer        *writer;

    *out = NULL;
    if (!kind)
        return error_new(mine, FAIL_MISUSE, err, "unknown-format", "no output format named '%.50s'", format);
    writer = heap_zero(&mine->heap, 1, sizeof *writer);
    if (!writer || writer_new(kind, &mine->heap, &writer->writer) != OK) {
        heap_free(&mine->heap, writer, sizeof *writer);
        return error_out_of_memory(err);
    }
    writer->engine = engine_retain(engine);
    diag_init(&writer->diag, &mine->heap);
    writer->writer->diag = &writer->diag;
    *out = writer;
    return OK;
}

void spl_writer_free(spl_writer *writer)
{
    struct spl_engine *engine;

    if (!writer)
        return;
    engine = writer->engine;
    writer_free(writer->writer);
    diag_free(&writer->diag);
    run_release(writer->run);
    heap_free(&engine->heap, writer, sizeof *writer);
    engine_release(engine);
}

static bool read_switch(str value, bool *out)
{
    *out = str_is(value, "on");
    return *out || str_is(value, "off");
}

spl_status spl_writer_set(spl_writer *writer, const char *option, const char *value, spl_error **err)
{
    struct writer_settings *settings = &writer->writer->settings;
    double                  width;
    bool                    good = false;

    if (writer->begun)
        return error_new(writer->engine, FAIL_MISUSE, err, "misuse", "a writer's options are set before its first batch");
    if (strcmp(option, "width") == 0) {
        good = number_parse(str_of(value), &width, NULL) && width >= 0 && width < 100000;
        settings->width = good ? (uint32_t)width : settings->width;
    } else if (strcmp(option, "colour") == 0) {
        good = read_switch(str_of(value), &settings->colour);
    } else if (strcmp(option, "closed") == 0) {
        good = read_switch(str_of(value), &settings->closed);
    } else {
        return error_new(writer->engine, FAIL_MISUSE, err, "unknown-setting", "no writer option named '%.50s'", option);
    }
    if (good)
        return OK;
    return error_new(writer->engine, FAIL_MISUSE, err, "bad-value", "writer option '%s' cannot be '%.50s'", option, value);
}

/* Bytes that were taken are given up now. */
static void drop_taken(struct spl_writer *writer)
{
    if (writer->taken)
        buf_clear(&writer->writer->out);
    writer->taken = false;
}

/* AGAIN is no failure. */
static spl_status told(struct spl_writer *writer, status result, spl_error **err)
{
    if (result == OK || result == AGAIN)
        return result == AGAIN ? SPL_BATCH : SPL_OK;
    return error_from(writer->engine, NULL, result, &writer->diag, err);
}

static void set_up(struct spl_writer *writer, const struct spl_run *run)
{
    struct writer_settings   *settings = &writer->writer->settings;
    const struct run_options *options = &run->run->options;

    settings->closed |= run->query->plan->closed;
    settings->zone = run->run->zone;
    settings->folder = options->temp_folder;
    settings->memory = options->limit_memory;
    settings->spills = options->spill_rows > 0;
    writer->begun = true;
}

spl_status spl_writer_batch(spl_writer *writer, const spl_batch *batch, spl_error **err)
{
    drop_taken(writer);
    if (!writer->run)
        writer->run = run_retain(batch->run);
    if (writer->run != batch->run)
        return error_new(writer->engine, FAIL_MISUSE, err, "misuse", "a writer takes the batches of one run");
    if (!writer->begun)
        set_up(writer, batch->run);
    return told(writer, writer_rows(writer->writer, batch->batch, batch->field, batch->fields), err);
}

spl_status spl_writer_end(spl_writer *writer, spl_error **err)
{
    drop_taken(writer);
    return told(writer, writer_finish(writer->writer), err);
}

void spl_writer_take(spl_writer *writer, const char **at, size_t *size)
{
    str bytes;

    drop_taken(writer);
    bytes = buf_str(&writer->writer->out);
    *at = bytes.at;
    *size = bytes.size;
    writer->taken = true;
}
