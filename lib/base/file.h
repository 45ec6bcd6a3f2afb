/* A file that the host named, whole. */
#pragma once

#include "base/buf.h"

/* Appends the bytes. FAIL_IO: it cannot be opened or read; FAIL_LIMIT: it has more than `most` bytes; FAIL_MEMORY. */
status file_read(const char *path, size_t most, struct buf *out);
