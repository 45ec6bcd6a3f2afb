#include "terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool show_is_terminal(int file)
{
    return isatty(file);
}

bool show_colour(const struct session *session, int file)
{
    const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");

    if (session->always_colour || session->never_colour)
        return session->always_colour;
    return isatty(file) && !(no && *no) && !(kind && kind[0] == 'd' && kind[1] == 'u');     /* "dumb" */
}

int show_width(void)
{
    struct winsize size;

    return isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool show_bytes(const char *at, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(1, at, size);
        if (wrote >= 0) {
            at += wrote;
            size -= (size_t)wrote;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = 1, .events = POLLOUT };
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static void show_size(const char *label, uint64_t bytes)
{
    fprintf(stderr, "%s %" PRIu64, label, bytes);
    if (bytes >= 1 << 20)
        fprintf(stderr, " (%.1f MiB)", (double)bytes / (1 << 20));
}

void show_stats(const spl_run *run, double seconds)
{
    fprintf(stderr, "events %" PRIu64 "  rows %" PRIu64, spl_run_figure(run, SPL_EVENTS_READ),
            spl_run_figure(run, SPL_ROWS_OUT));
    show_size("  bytes", spl_run_figure(run, SPL_BYTES_READ));
    show_size("  memory peak", spl_run_figure(run, SPL_MEMORY_PEAK));
    fprintf(stderr, "  seconds %.3f\n", seconds);
    for (size_t i = 0; spl_run_stage(run, i); i++)
        fprintf(stderr, "  %-16s rows in %12" PRIu64 "  rows out %12" PRIu64 "  seconds %8.3f\n", spl_run_stage(run, i),
                spl_run_stage_rows_in(run, i), spl_run_stage_rows_out(run, i), spl_run_stage_seconds(run, i));
}

void show_notes(const spl_run *run)
{
    for (size_t i = 0; i < spl_run_notes(run); i++)
        fprintf(stderr, "%" PRIu64 " %s\n", spl_run_note_count(run, i), spl_run_note_text(run, i));
}
