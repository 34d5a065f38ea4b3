#include <npmrc-doctor/cli.h>

static const struct nd_command rows[] = {
#define CMD(id, name, run, operands, stops, summary, details) \
	{ name, operands, summary, details, stops },
#include "cli/cmds.def"
#undef CMD
};

const struct nd_command *nd_command_row(enum nd_command_id id)
{
	return &rows[id];
}

const struct nd_command *nd_command_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (g_str_equal(rows[i].name, name))
			return &rows[i];
	return NULL;
}
