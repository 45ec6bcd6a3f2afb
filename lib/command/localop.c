/* localop: what follows shall run where the search was started, as everything does here (commands 5). */
#include "command/idle.h"

const struct command command_localop = {
    .name = "localop", .usage = "localop", .summary = "Rows pass: there is but one place where commands run", IDLE,
    .example = { "localop | table n", "{\"n\":1}", "{\"n\":1}" },
};
