/* Which directories a package.json's workspaces list, as nd_workspaces_list decides: for each line
 * of JSON
 * {"workspaces": ..., "directories": [...]} one array of those that it lists. */
#include "source/workspaces.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *answer(const json_t *question)
{
	json_t *listed = json_array(), *directory;
	size_t i;

	json_array_foreach(json_object_get(question, "directories"), i,
		directory) if (nd_workspaces_list(question, json_string_value(directory)))
		json_array_append(listed, directory);
	return listed;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		json_t *question = json_loadb(line, (size_t)n, 0, NULL);
		json_t *out = question ? answer(question) : NULL;
		char *text = out ? json_dumps(out, JSON_COMPACT) : NULL;

		if (!text) {
			fputs("workspaces_drive: no question\n", stderr);
			return 2;
		}
		puts(text);
		free(text);
		json_decref(out);
		json_decref(question);
	}
	free(line);
	return 0;
}
