#ifndef ND_CMD_COMMANDS_H
#define ND_CMD_COMMANDS_H

#include <npmrc-doctor/cmd.h>

/* One function for each row of cmds.def. */
#define CMD(id, name, run, ...) int run(struct nd_context *context);
#include "cli/cmds.def"
#undef CMD

#endif
