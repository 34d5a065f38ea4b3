/* Shows the table of settings and what becomes of values, for comparison with npm:
 *   keys-dump table MAJOR    one JSON object, by name
 *   keys-dump values         reads lines [MAJOR, KEY, VALUE], prints [COERCED, VALID, CHECKED] for
 * each Values are JSON, but undefined is {"undefined": true} and Infinity {"infinity": true}. */
#include <jansson.h>
#include <math.h>
#include <npmrc-doctor/keys.h>
#include <npmrc-doctor/source.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	unsigned bit;
	const char *name;
} types[] = {
	{ND_KEY_NULL, "null"},
	{ND_KEY_FALSE, "false"},
	{ND_KEY_TRUE, "true"},
	{ND_KEY_EMPTY, "empty"},
	{ND_KEY_ENUM, "word"},
	{ND_KEY_LOCAL_IP, "local-ip"},
	{ND_KEY_URL, "url"},
	{ND_KEY_PATH, "path"},
	{ND_KEY_SEMVER, "semver"},
	{ND_KEY_UMASK, "umask"},
	{ND_KEY_DATE, "date"},
	{ND_KEY_NUMBER, "number"},
	{ND_KEY_BOOLEAN, "boolean"},
	{ND_KEY_STRING, "string"},
	{ND_KEY_LIST, "list"},
};

static json_t *write_value(const struct nd_value *v)
{
	switch (v->type) {
	case ND_TYPE_UNDEFINED:
		return json_pack("{sb}", "undefined", 1);
	case ND_TYPE_NULL:
		return json_null();
	case ND_TYPE_BOOLEAN:
		return json_boolean(v->boolean);
	case ND_TYPE_NUMBER:
		return isinf(v->number) ? json_pack("{sb}", "infinity", 1) : json_real(v->number);
	case ND_TYPE_STRING:
		return json_stringn(v->string.p ? v->string.p : "", v->string.n);
	case ND_TYPE_OBJECT:
		return json_loadb(v->string.p, v->string.n, JSON_DECODE_ANY, NULL);
	case ND_TYPE_ARRAY:
		break;
	}
	json_t *array = json_array();
	for (size_t i = 0; i < v->n_items; i++)
		json_array_append_new(array, write_value(&v->items[i]));
	return array;
}

static json_t *write_row(const struct nd_key *key, int major, struct nd_arena *arena)
{
	json_t *row = json_object(), *list = json_array(), *words = json_array();
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (key->types & types[i].bit)
			json_array_append_new(list, json_string(types[i].name));
	for (const char *const *word = key->words; word && *word; word++)
		json_array_append_new(words, json_string(*word));
	json_object_set_new(row, "types", list);
	json_object_set_new(row, "words", words);
	if (key->deprecated & ND_NPM(major))
		json_object_set_new(row, "deprecated", json_string(key->instead));
	struct nd_value fallback;
	if (nd_key_default(key->name, major, arena, &fallback))
		json_object_set_new(row, "default", write_value(&fallback));
	json_object_set_new(row, "describe", json_string(nd_key_describe(key, arena)));
	return row;
}

static json_t *table(int major, struct nd_arena *arena)
{
	json_t *all = json_object();
	size_t n;
	const struct nd_key *keys = nd_key_all(&n);
	for (size_t i = 0; i < n; i++) {
		if (!(keys[i].versions & ND_NPM(major)))
			continue;
		if (json_object_get(all, keys[i].name)) {
			fprintf(stderr, "two rows for %s in %d\n", keys[i].name, major);
			exit(1);
		}
		json_object_set_new(all, keys[i].name, write_row(&keys[i], major, arena));
	}
	return all;
}

static json_t *judge(const char *line, const struct nd_env *env, struct nd_arena *arena)
{
	struct nd_value question, checked;
	if (!nd_value_parse_json(nd_span_of(line), arena, &question) || question.n_items != 3) {
		fprintf(stderr, "not a question: %s\n", line);
		exit(1);
	}
	struct nd_coerce how = {(int)question.items[0].number, env, env->cwd, env->home};
	const struct nd_key *key = nd_key_find(question.items[1].string, how.npm_major);
	struct nd_value coerced = nd_key_coerce(&how, key, &question.items[2], arena);
	bool valid = nd_key_validate(&how, key, &coerced, arena, &checked);
	json_t *answer = json_array();
	json_array_append_new(answer, write_value(&coerced));
	json_array_append_new(answer, json_boolean(valid));
	json_array_append_new(answer, write_value(&checked));
	return answer;
}

static void print(json_t *what)
{
	char *text = json_dumps(what, JSON_ENCODE_ANY | JSON_COMPACT);
	puts(text ? text : "unprintable");
	free(text);
	json_decref(what);
}

int main(int argc, char **argv)
{
	struct nd_arena *arena = nd_arena_new();
	if (argc == 3 && strcmp(argv[1], "table") == 0) {
		print(table((int)strtol(argv[2], NULL, 10), arena));
	} else if (argc == 2 && strcmp(argv[1], "values") == 0) {
		g_autoptr(GError) error = NULL;
		struct nd_env *env = nd_env_snapshot(NULL, &error);
		char *line = NULL;
		size_t size = 0;
		for (ssize_t n; env && (n = getline(&line, &size, stdin)) > 0;) {
			line[n - (line[n - 1] == '\n')] = '\0';
			print(judge(line, env, arena));
		}
		free(line);
		nd_env_free(env);
	} else {
		fprintf(stderr, "usage: keys-dump table MAJOR | values\n");
		return 2;
	}
	nd_arena_free(arena);
	return 0;
}
