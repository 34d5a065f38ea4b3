/* npm's command line as nd_nopt_read reads it: for each line of JSON {"npm": MAJOR, "argv": [...]} one with
 * the words that remain and the last value of each key. */
#include <jansson.h>
#include <npmrc-doctor/nopt.h>

#include "answer.h"

static json_t *answer(const json_t *question)
{
	const json_t *argv = json_object_get(question, "argv");
	GPtrArray *arguments = g_ptr_array_new();
	json_t *remain = json_array(), *settings = json_object();
	struct nd_nopt nopt;

	for (size_t i = 0; i < json_array_size(argv); i++)
		g_ptr_array_add(arguments, (char *)json_string_value(json_array_get(argv, i)));
	g_ptr_array_add(arguments, NULL);
	nd_nopt_read((char *const *)arguments->pdata,
		(int)json_integer_value(json_object_get(question, "npm")), false, &nopt);
	for (guint i = 0; i < nopt.remain->len; i++)
		json_array_append_new(remain, json_string(nopt.remain->pdata[i]));
	for (guint i = 0; i < nopt.settings->len; i++) {
		const struct nd_nopt_setting *setting = nopt.settings->pdata[i];

		json_object_set_new(settings, setting->key, json_string(setting->value));
	}
	nd_nopt_release(&nopt);
	g_ptr_array_unref(arguments);
	return json_pack("{s:o,s:o}", "remain", remain, "settings", settings);
}

int main(void)
{
	return answer_lines("nopt_drive", answer);
}
