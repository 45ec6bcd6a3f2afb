// The headers as C++ sees them.
#include <spl_extend.h>

int main()
{
    spl_cell     cell = {};
    spl_function function = {};
    double       number;

    function.size = sizeof function;
    return spl_version() != SPL_VERSION || spl_cell_number(&cell, &number) != 0;
}
