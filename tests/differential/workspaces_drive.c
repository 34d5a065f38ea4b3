/* Which directories a package.json's workspaces list, as nd_workspaces_list decides: for each line
 * of JSON
 * {"workspaces": ..., "directories": [...]} one array of those that it lists. */
#include "source/workspaces.h"

#include "answer.h"

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
	return answer_lines("workspaces_drive", answer);
}
