/* The headers as strict C99 sees them, and together with another library's Arrow structs. */
#define ARROW_C_DATA_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowSchema;
struct ArrowArray;
struct ArrowArrayStream;

#include <spl_extend.h>

int main(void)
{
    spl_cell cell;
    double   number;

    cell.kind = SPL_NULL;
    return spl_version() != SPL_VERSION || spl_cell_number(&cell, &number) != 0;
}
