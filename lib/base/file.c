#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static status read_all(int file, size_t most, struct buf *out)
{
    size_t  read_so_far = 0;
    ssize_t got;

    for (;;) {
        TRY(buf_reserve(out, PIECE));
        got = read(file, out->at + out->size, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? FAIL_IO : OK;
        out->size += (size_t)got;
        read_so_far += (size_t)got;
        if (read_so_far > most)
            return FAIL_LIMIT;
    }
}

status file_read(const char *path, size_t most, struct buf *out)
{
    int    file = open(path, O_RDONLY | O_CLOEXEC);
    status result;

    if (file < 0)
        return FAIL_IO;
    result = read_all(file, most, out);
    close(file);
    return result;
}
